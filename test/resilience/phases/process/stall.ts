import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, everyCall } from '../../check/all.js';
import { recoveredIn } from '../../check/bounds.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { MetricsPage } from '../../world/metrics-page.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { quietest } from '../overload/innocent.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';

export const STALL: CatalogueRow = {
  id: 'P06',
  title: 'a process stands still for 2 s and goes on',
  short: true,
};

const LABEL = 'p06';
const FIRST_MS = 1_000;
const STANDS_MS = 2_000;
const LAST_MS = 1_000;
/** What came in meanwhile is worked off, each call with its own deadline. */
const BACKLOG_MS = 500;

/** Its own sleep is no operator's fault: no circuit opens by it, and it serves again at once. */
export async function runStall(run: Run): Promise<void> {
  run.report.add(await quietest(run, (nth) => tryStall(run, LABEL + nth)));
}

async function tryStall(run: Run, label: string): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const [gateway] = world.gateways;
  const opens = async (): Promise<number> => {
    const page = await MetricsPage.read(gateway!.managementUrl);
    return page.sum('nvgw_circuit_breaker_events_total', { event: 'open' });
  };
  const before = await opens();
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
  await sleep(FIRST_MS);
  process.kill(gateway!.pid!, 'SIGSTOP');
  const stoodAt = Date.now();
  await sleep(STANDS_MS);
  process.kill(gateway!.pid!, 'SIGCONT');
  const woken = Date.now();
  const firstGood = (): number | undefined =>
    running.records.find(
      ({ pod, sentAt, status }) => pod === gateway!.name && sentAt > woken && status === 200,
    )?.sentAt;
  await until(() => firstGood() !== undefined, thresholds.recoverMs + 2_000);
  await sleep(LAST_MS);
  running.stop();
  const evidence = await readEvidence(world, label, await running.done, from);
  const good = firstGood();
  const opened = (await opens()) - before;
  const during = ({ sentAt }: { sentAt: number }): boolean =>
    sentAt > stoodAt - DEADLINE_MS && sentAt < woken + DEADLINE_MS / 2;
  const failed = evidence.load.filter(({ expected, verdict }) => verdict !== expected);
  const stallMs = stalls.end();
  const allowedMs = DEADLINE_MS + thresholds.answerSlackMs + stallMs + STANDS_MS + BACKLOG_MS;
  return verdictOn({
    ...STALL,
    phase: 'process',
    startedAt,
    violations: [
      ...everyCall(evidence, allowedMs),
      ...failed
        .filter((one) => !during(one))
        .map((one) => violation('row', one.jti, `${answerOf(one)} though nothing stood still any more`)),
      ...recoveredIn(good && good - woken, thresholds.recoverMs),
    ],
    problems: opened > 0 ? [`${opened} circuits of operators opened`] : [],
    figures: {
      calls: evidence.load.length,
      failed: failed.length,
      ...countsOf(failed.map(answerOf)),
      opened,
      'recovered ms': good ? good - woken : 'never',
      stall: stallMs,
    },
  });
}

function countsOf(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, group]) => [name, group.length]),
  );
}
