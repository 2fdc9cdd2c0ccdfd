import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { VirtualAdmin } from '../../world/virtual-admin.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { harmedBy, quietest } from './innocent.js';

const AT_ONCE = 50;
const INNOCENT_PER_SECOND = 150;

export const REPORTS: CatalogueRow = {
  id: 'O06',
  title: 'fifty reports of administrators at once',
  short: false,
};

/** Reports have connections of their own; those of the ledger are not for them. */
export async function runReports(run: Run): Promise<void> {
  const admin = await VirtualAdmin.enrol(run.world);
  run.report.add(await quietest(run, (nth) => attempt(run, admin, nth)));
}

async function attempt(run: Run, admin: VirtualAdmin, nth: number): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const innocent = load.start({
    label: `o06v${nth}`,
    kind: 'victim',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: world.tenants.slice(20),
    ratePerSecond: INNOCENT_PER_SECOND,
  });
  await sleep(profile.loudMs);
  const loudAt = Date.now();
  const statuses = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => {
      return admin.read(world.gateways[index % world.gateways.length]!.url, 'usage?groupBy=day,operator');
    }),
  );
  await sleep(profile.loudMs / 2);
  innocent.stop();
  const victims = await innocent.done;
  const stallMs = stalls.end();
  const evidence = await readEvidence(world, `o06v${nth}`, victims, from);
  const harm = harmedBy(
    run,
    victims.filter(({ sentAt }) => sentAt < loudAt),
    victims.filter(({ sentAt }) => sentAt >= loudAt),
  );
  const odd = statuses.filter((status) => ![200, 429, 503].includes(status));
  return verdictOn({
    ...REPORTS,
    phase: 'overload',
    startedAt,
    violations: [
      ...harm.violations,
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...odd.map((status) => violation('row', '', `a report said ${status}`)),
    ],
    problems: statuses.includes(200) ? [] : ['no report was made'],
    figures: {
      ...harm.figures,
      reports: statuses.filter((status) => status === 200).length,
      refused: statuses.filter((status) => status !== 200).length,
      stall: stallMs,
    },
  });
}
