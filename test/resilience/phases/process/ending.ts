import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, everyCall } from '../../check/all.js';
import { Evidence, Violation, violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { TIMEOUT, UNAVAILABLE } from '../../rows/fault-case.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { allRecordIn, watchReplay } from '../../world/ledger-state.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';
import { startAgain } from './restarts.js';

/** One gateway is told to stop under load, and started again. */
export interface Ending {
  /** Of the load. */
  readonly label: string;
  readonly row: CatalogueRow;
  /** An operator that does not answer meanwhile. */
  readonly hung?: string;
  /** Postgres is frozen until the process has ended. */
  readonly frozen?: boolean;
  /** One after the other. */
  readonly signals: readonly NodeJS.Signals[];
  /** Between the two signals. */
  readonly pauseMs: number;
  readonly exit: number;
  readonly withinMs: number;
  /** Calls may be cut off by it. */
  readonly abrupt: boolean;
}

const FIRST_MS = 1_000;
const NOTICED_WITHIN_MS = 5_000;
/** A call that was under way when the process was cut off may have no answer, and no outcome. */
const MET_MS = DEADLINE_MS + 500;
const OUTCOMES_WITHIN_MS = 3_000;

/** How it ended. */
interface Ended {
  readonly toldAt: number;
  readonly exit: number | NodeJS.Signals | undefined;
  readonly exitMs: number;
}

export async function runEnding(run: Run, ending: Ending): Promise<void> {
  const { load, profile, report, thresholds, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label: ending.label,
    kind: 'victim',
    operatorIds: [...MAIN_OPERATORS.map(({ id }) => id), ...(ending.hung ? [ending.hung] : [])],
    tenants: world.tenants,
    ratePerSecond: profile.innocentRate,
  });
  const problems: string[] = [];
  await sleep(FIRST_MS);
  const { toldAt, exit, exitMs } = await endOne(run, ending, problems);
  await startAgain(run, world.gateways[0]!);
  running.stop();
  if ((await watchReplay(world, thresholds.replayedWithinMs)).ms === undefined) {
    problems.push('the journals are not empty yet');
  }
  if (exit !== ending.exit) problems.push(`ended with ${exit}`);
  if (exitMs > ending.withinMs) problems.push('that took too long');
  const outcomesWithinMs = ending.abrupt ? OUTCOMES_WITHIN_MS : undefined;
  const evidence = await readEvidence(world, ending.label, await running.done, from, outcomesWithinMs);
  report.judge({
    ...ending.row,
    phase: 'process',
    startedAt,
    violations: judged(run, evidence, ending, { toldAt, stallMs: stalls.end() }),
    problems,
    figures: {
      'exit ms': exitMs,
      exit: String(exit),
      calls: evidence.load.length,
      unanswered: evidence.load.filter(({ status }) => status === 0).length,
      unknown: evidence.rows.filter(({ result }) => result === null).length,
    },
  });
}

async function endOne({ world }: Run, ending: Ending, problems: string[]): Promise<Ended> {
  const gateway = world.gateways[0]!;
  const [first, second] = ending.signals;
  if (ending.frozen) {
    world.postgres.freeze();
    if (!(await until(() => allRecordIn(world, 'journal'), NOTICED_WITHIN_MS))) problems.push('not noticed');
  }
  const toldAt = Date.now();
  const ended = gateway.stop(first);
  if (second) {
    await sleep(ending.pauseMs);
    process.kill(gateway.pid!, second);
  }
  const exit = await ended;
  const exitMs = Date.now() - toldAt - ending.pauseMs;
  if (ending.frozen) world.postgres.thaw();
  return { toldAt, exit, exitMs };
}

function judged(
  { thresholds }: Run,
  evidence: Evidence,
  { abrupt, hung }: Ending,
  { toldAt, stallMs }: { toldAt: number; stallMs: number },
): Violation[] {
  const near = evidence.load.filter(({ sentAt }) => abrupt && Math.abs(sentAt - toldAt) < MET_MS);
  const met = new Set(near.map(({ jti }) => jti));
  const has = (jti: string): boolean => met.has(jti);
  const failed = evidence.load.filter(
    ({ expected, status, verdict }) => status !== 0 && verdict !== expected,
  );
  const explained = (one: (typeof failed)[number]): boolean =>
    one.operatorId === hung && [TIMEOUT, UNAVAILABLE].includes(answerOf(one));
  return [
    ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs, { lost: has, unknown: has }),
    ...failed.filter((one) => !explained(one)).map((one) => violation('row', one.jti, answerOf(one))),
  ];
}
