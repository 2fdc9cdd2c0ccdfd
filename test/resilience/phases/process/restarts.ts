import { everyCall, quantile } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { GatewayProcess } from '../../world/gateway-process.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { quietest } from '../overload/innocent.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';

export const RESTARTS: CatalogueRow = {
  id: 'P01',
  title: 'restarted by SIGTERM one after the other, under load',
  short: true,
};

const LABEL = 'p01';
const SEEN_WITHIN_MS = 5_000;

/** Behind a balancer that looks at readiness, a deployment costs nobody anything. */
export async function runRestarts(run: Run): Promise<void> {
  run.report.add(await quietest(run, (nth) => tryRestarts(run, LABEL + nth)));
}

async function tryRestarts(run: Run, label: string): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label,
    kind: 'victim',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: world.tenants,
    ratePerSecond: profile.innocentRate,
  });
  const exits: (number | NodeJS.Signals | undefined)[] = [];
  const exitMs: number[] = [];
  try {
    for (let n = 0; n < profile.restarts; n++) {
      const gateway = world.gateways[n % world.gateways.length]!;
      const began = performance.now();
      exits.push(await gateway.stop());
      exitMs.push(performance.now() - began);
      await startAgain(run, gateway);
    }
  } finally {
    running.stop();
  }
  const evidence = await readEvidence(world, label, await running.done, from);
  const stallMs = stalls.end();
  const failed = evidence.load.filter(({ expected, verdict }) => verdict !== expected);
  const slow = exitMs.filter((ms) => ms > thresholds.exitMs);
  return verdictOn({
    ...RESTARTS,
    phase: 'process',
    startedAt,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...failed.map(({ code, jti, status }) => violation('row', jti, `${status} ${code}`)),
      ...exits.filter((exit) => exit !== 0).map((exit) => violation('I14', '', `ended with ${exit}`)),
    ],
    problems: slow.map((ms) => `took ${Math.round(ms)} ms to end`),
    figures: {
      restarts: exits.length,
      calls: evidence.load.length,
      failed: failed.length,
      'exit p100 ms': Math.round(Math.max(...exitMs)),
      p99: quantile(
        evidence.load.map(({ ms, lateMs }) => ms + lateMs),
        0.99,
      ),
      stall: stallMs,
    },
  });
}

/** Until the balancer sends it calls again. @returns milliseconds from its start to its readiness */
export async function startAgain({ profile, world }: Run, gateway: GatewayProcess): Promise<number> {
  const began = performance.now();
  gateway.start({ DRAIN_SECONDS: String(profile.drainSeconds) });
  await gateway.ready();
  const readyMs = performance.now() - began;
  await until(() => world.balancer.ready.includes(gateway.name), SEEN_WITHIN_MS);
  return readyMs;
}
