import { setTimeout as sleep } from 'node:timers/promises';
import { SignIns } from '../../load/sign-in.js';
import { CatalogueRow, Run } from '../phase.js';
import { startAgain } from './restarts.js';

export const ROLLING_SIGN_INS: CatalogueRow = {
  id: 'P08',
  title: 'a deployment while devices are at their operators',
  short: false,
};

const SIGN_INS = 20;
const KNOWN_WITHIN_MS = 2_500;
const OPERATOR = 'main-20';

/** What one process began, another one ends: nothing of a sign-in is tied to a process while Postgres is there. */
export async function runRollingSignIns(run: Run): Promise<void> {
  const { report, world } = run;
  const startedAt = performance.now();
  const signIns = await SignIns.enable(world, world.tenants[1]!, OPERATOR);
  await sleep(KNOWN_WITHIN_MS);
  const at = (n: number): string => world.gateways[n % world.gateways.length]!.url;
  const begun = await Promise.all(Array.from({ length: SIGN_INS }, (_, n) => signIns.begin(at(n))));
  for (const gateway of world.gateways) {
    await gateway.stop();
    await startAgain(run, gateway);
  }
  const ended = await Promise.all(begun.map((one, n) => signIns.finish(one, at(n + 1))));
  const broken = ended.filter(({ token }) => token === undefined);
  report.judge({
    ...ROLLING_SIGN_INS,
    phase: 'process',
    startedAt,
    problems: [...new Set(broken.map(({ why }) => why))],
    figures: { 'sign-ins': SIGN_INS, broken: broken.length },
  });
}
