import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, everyCall } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { TIMEOUT, UNAVAILABLE } from '../../rows/fault-case.js';
import { DEADLINE_MS, MAIN_OPERATORS, MAX_IN_FLIGHT } from '../../virtual-operators.js';
import { resourcesOf } from '../../world/resources.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { harmedBy, quietest } from './innocent.js';

/** Each try has one of its own: a circuit that has opened makes the next one too easy. */
const HUNG = ['spare-16', 'spare-17', 'spare-18'] as const;
const INNOCENT_PER_SECOND = 120;
const HUNG_PER_SECOND = 280;

export const HUNG_OPERATOR: CatalogueRow = {
  id: 'O03',
  title: 'an operator with 70 % of the traffic hangs',
  short: true,
};

/** One operator hangs with most of the calls; those of the others neither fail nor wait. */
export async function runHungOperator(run: Run): Promise<void> {
  run.report.add(await quietest(run, (nth) => attempt(run, nth)));
}

async function attempt(run: Run, nth: number): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const operator = HUNG[nth - 1]!;
  const { tenants } = world;
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const operatorIds = MAIN_OPERATORS.map(({ id }) => id);
  const innocent = load.start({
    label: `o03v${nth}`,
    kind: 'victim',
    operatorIds,
    tenants,
    ratePerSecond: INNOCENT_PER_SECOND,
  });
  const hung = load.start({
    label: `o03h${nth}`,
    kind: 'hung',
    operatorIds: [operator],
    tenants,
    ratePerSecond: HUNG_PER_SECOND,
  });
  await sleep(profile.loudMs);
  const fdsBefore = fdsOf(run);
  await world.sim.fault({ operator, fault: 'hang' });
  const hungAt = Date.now();
  // Where the calls that hang have piled up and no circuit has opened yet.
  await sleep(DEADLINE_MS * 0.8);
  const fds = fdsOf(run) - fdsBefore;
  await sleep(profile.loudMs);
  innocent.stop();
  hung.stop();
  const victims = await innocent.done;
  const others = await hung.done;
  await world.sim.heal(operator);
  const stallMs = stalls.end();
  const evidence = [
    await readEvidence(world, `o03v${nth}`, victims, from),
    await readEvidence(world, `o03h${nth}`, others, from),
  ];
  const during = others.filter(({ sentAt }) => sentAt > hungAt + 100);
  const harm = harmedBy(
    run,
    victims.filter(({ sentAt }) => sentAt < hungAt),
    victims.filter(({ sentAt }) => sentAt >= hungAt),
  );
  // One descriptor towards the operator, one towards the caller.
  const allowedFds = 2 * MAX_IN_FLIGHT * world.gateways.length + thresholds.fdSlack;
  return verdictOn({
    ...HUNG_OPERATOR,
    phase: 'overload',
    startedAt,
    violations: [
      ...harm.violations,
      ...evidence.flatMap((one) => everyCall(one, DEADLINE_MS + thresholds.answerSlackMs + stallMs)),
      ...during
        .filter((one) => ![TIMEOUT, UNAVAILABLE].includes(answerOf(one)))
        .map((one) => violation('row', one.jti, `answered ${answerOf(one)}`)),
    ],
    problems: fds > allowedFds ? [`${fds} more descriptors; bound ${allowedFds}`] : [],
    figures: {
      ...harm.figures,
      'hung calls': during.length,
      'timed out': during.filter(({ status }) => status === 504).length,
      'more fds': fds,
      stall: stallMs,
    },
  });
}

function fdsOf({ world }: Run): number {
  return Object.entries(resourcesOf(world.gateways))
    .filter(([name]) => name.endsWith(' fds'))
    .reduce((sum, [, count]) => sum + count, 0);
}
