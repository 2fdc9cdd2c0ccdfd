import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { VirtualAsp } from '../../world/virtual-asp.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { harmedBy, quietest } from './innocent.js';

const FLOOD_PER_SECOND = 100;
const INNOCENT_PER_SECOND = 150;

export const TOKEN_FLOOD: CatalogueRow = { id: 'O05', title: 'a flood at the token endpoint', short: false };

/** Signed nonsense at the token endpoint costs a signature each; calls must not notice. */
export async function runTokenFlood(run: Run): Promise<void> {
  const asp = await VirtualAsp.enrol(run.world, run.world.tenants[4]!);
  run.report.add(await quietest(run, (nth) => attempt(run, asp, nth)));
  await asp.close();
}

async function attempt(run: Run, asp: VirtualAsp, nth: number): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  // Signed beforehand: what costs must be the checking.
  const count = (FLOOD_PER_SECOND * profile.loudMs) / 1_000;
  const assertions = await Promise.all(Array.from({ length: count }, () => asp.assertion()));
  const stalls = new Stalls();
  stalls.begin();
  const innocent = load.start({
    label: `o05v${nth}`,
    kind: 'victim',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: world.tenants.slice(20),
    ratePerSecond: INNOCENT_PER_SECOND,
  });
  await sleep(profile.loudMs);
  const loudAt = Date.now();
  const answers: Promise<{ status: number; body: string }>[] = [];
  for (const assertion of assertions) {
    answers.push(asp.redeem({ code: 'never-given', verifier: 'x'.repeat(43) }, { assertion }));
    await sleep(1_000 / FLOOD_PER_SECOND);
  }
  const said = await Promise.all(answers);
  innocent.stop();
  const victims = await innocent.done;
  const stallMs = stalls.end();
  const evidence = await readEvidence(world, `o05v${nth}`, victims, from);
  const harm = harmedBy(
    run,
    victims.filter(({ sentAt }) => sentAt < loudAt),
    victims.filter(({ sentAt }) => sentAt >= loudAt),
  );
  return verdictOn({
    ...TOKEN_FLOOD,
    phase: 'overload',
    startedAt,
    violations: [
      ...harm.violations,
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...said
        .filter(({ body, status }) => status !== 400 || !body.includes('"invalid_grant"'))
        .map(({ status }) => violation('row', '', `the token endpoint said ${status}`)),
    ],
    figures: {
      ...harm.figures,
      'token requests': said.length,
      'p50 of all': quantile(
        victims.map(({ ms }) => ms),
        0.5,
      ),
      stall: stallMs,
    },
  });
}
