import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../../check/all.js';
import { readEvidence } from '../../check/read-evidence.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { DEADLINE_MS } from '../../virtual-operators.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';

const OPERATOR = 'spare-14';
const TIMES = 6;
const HALF_MS = 1_000;

export const FLAPPING: CatalogueRow = {
  id: 'U33',
  title: 'fails and heals every other second',
  short: false,
};

/** A circuit must not open and close in step with an operator that cannot make up its mind. */
export async function runFlapping({ load, report, thresholds, world }: Run): Promise<void> {
  const startedAt = performance.now();
  const urls = world.gateways.map(({ managementUrl }) => managementUrl);
  const opened = (): Promise<number> =>
    sumOverPods(urls, 'nvgw_circuit_breaker_events_total', {
      operator: OPERATOR,
      target: 'api',
      event: 'open',
    });
  const before = await opened();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label: 'flapping',
    kind: 'victim',
    operatorIds: [OPERATOR],
    tenants: world.tenants,
    ratePerSecond: 100,
  });
  for (let turn = 0; turn < TIMES; turn++) {
    await world.sim.fault({ operator: OPERATOR, fault: '500' });
    await sleep(HALF_MS);
    await world.sim.heal(OPERATOR);
    await sleep(HALF_MS);
  }
  running.stop();
  const evidence = await readEvidence(world, 'flapping', await running.done, from);
  const openings = (await opened()) - before;
  const stallMs = stalls.end();
  const bound = thresholds.flappingOpensPerGateway * world.gateways.length;
  report.judge({
    ...FLAPPING,
    phase: 'upstream',
    startedAt,
    violations: everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
    problems: [
      ...(openings === 0 ? ['no circuit opened'] : []),
      ...(openings > bound ? [`circuits opened ${openings} times; bound ${bound}`] : []),
    ],
    figures: {
      openings,
      calls: evidence.load.length,
      p100: quantile(
        evidence.load.map(({ ms }) => ms),
        1,
      ),
      stall: stallMs,
    },
  });
}
