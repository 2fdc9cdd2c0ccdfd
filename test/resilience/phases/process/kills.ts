import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall } from '../../check/all.js';
import { Evidence, Violation, violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { LoadRecord } from '../../load/load-record.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { allRecordIn, watchReplay } from '../../world/ledger-state.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { quietest } from '../overload/innocent.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';
import { startAgain } from './restarts.js';

export interface Kills extends CatalogueRow {
  readonly label: string;
  readonly signal: NodeJS.Signals;
  /** Calls are recorded in the journals while it happens. */
  readonly withoutPostgres: boolean;
  /** As many as the profile says unless given. */
  readonly times?: number;
}

export const KILLS: readonly Kills[] = [
  {
    id: 'P04',
    title: 'killed with -9 under load',
    label: 'p04',
    signal: 'SIGKILL',
    withoutPostgres: false,
    short: true,
  },
  {
    id: 'P04',
    title: 'killed with -9 under load while Postgres is away',
    label: 'p04journal',
    signal: 'SIGKILL',
    withoutPostgres: true,
    times: 4,
    short: false,
  },
  {
    id: 'P05',
    title: 'ends as the engine ends it when memory is exhausted (SIGABRT)',
    label: 'p05',
    signal: 'SIGABRT',
    withoutPostgres: false,
    times: 2,
    short: false,
  },
];

/** Between a start and the next kill. */
const SERVES_MS = 700;
const NOTICED_WITHIN_MS = 5_000;
/** Calls that a kill may have met: those of the last moments, until the balancer knows. */
const BEFORE_MS = DEADLINE_MS + 500;
const AFTER_MS = 500;
/** Nobody waits for outcomes that a kill has taken with it. */
const OUTCOMES_WITHIN_MS = 3_000;

/** What a process had dispatched before it was killed is on record, each call once, however it is killed. */
export async function runKills(run: Run, kills: Kills): Promise<void> {
  run.report.add(await quietest(run, (nth) => tryKills(run, kills, kills.label + nth)));
}

async function tryKills(run: Run, kills: Kills, label: string): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const { times = profile.kills, withoutPostgres } = kills;
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
  const killedAt: number[] = [];
  const readyMs: number[] = [];
  const problems: string[] = [];
  try {
    if (withoutPostgres) {
      await world.postgres.wire.set({ down: true });
      if (!(await until(() => allRecordIn(world, 'journal'), NOTICED_WITHIN_MS)))
        problems.push('not noticed');
    }
    for (let n = 0; n < times; n++) {
      await sleep(SERVES_MS);
      const gateway = world.gateways[n % world.gateways.length]!;
      killedAt.push(Date.now());
      await gateway.stop(kills.signal);
      readyMs.push(await startAgain(run, gateway));
    }
    await sleep(SERVES_MS);
  } finally {
    await world.postgres.wire.heal();
    running.stop();
  }
  const records = await running.done;
  const { ms } = await watchReplay(world, thresholds.replayedWithinMs);
  if (ms === undefined) problems.push('the journals are not empty yet');
  const evidence = await readEvidence(world, label, records, from, OUTCOMES_WITHIN_MS);
  const slowest = Math.max(...readyMs);
  if (slowest > thresholds.readyAfterKillMs) problems.push('it took too long to be ready again');
  const stallMs = stalls.end();
  return verdictOn({
    id: kills.id,
    title: kills.title,
    phase: 'process',
    startedAt,
    violations: judged(run, evidence, killedAt, stallMs),
    problems,
    figures: { kills: times, ...figuresOf(evidence), 'ready p100 ms': Math.round(slowest), stall: stallMs },
  });
}

function judged(
  { thresholds }: Run,
  evidence: Evidence,
  killedAt: readonly number[],
  stallMs: number,
): Violation[] {
  const met = new Set(evidence.load.filter((one) => metBy(one, killedAt, stallMs)).map(({ jti }) => jti));
  const has = (jti: string): boolean => met.has(jti);
  const failed = evidence.load.filter(
    ({ expected, status, verdict }) => status !== 0 && verdict !== expected,
  );
  return [
    ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs, { lost: has, unknown: has }),
    // The other gateway is there all the time.
    ...failed.map(({ code, jti, status }) => violation('row', jti, `${status} ${code}`)),
  ];
}

function metBy({ sentAt }: LoadRecord, killedAt: readonly number[], stallMs: number): boolean {
  return killedAt.some((at) => sentAt > at - BEFORE_MS - stallMs && sentAt < at + AFTER_MS + stallMs);
}

/** Acknowledged: the caller has its verdict. Lost: of it there is no row. Doubled: there are two. */
function figuresOf({ load, rows, sim }: Evidence): Record<string, number> {
  const recorded = new Map<string, number>();
  for (const { jti } of rows) recorded.set(jti, (recorded.get(jti) ?? 0) + 1);
  const acknowledged = load.filter(({ status }) => status === 200);
  return {
    calls: load.length,
    acknowledged: acknowledged.length,
    dispatched: sim.length,
    rows: rows.length,
    lost: new Set([...acknowledged, ...sim].map(({ jti }) => jti).filter((jti) => !recorded.has(jti))).size,
    doubled: [...recorded.values()].filter((count) => count > 1).length,
    unanswered: load.filter(({ status }) => status === 0).length,
    unknown: rows.filter(({ result }) => result === null).length,
  };
}
