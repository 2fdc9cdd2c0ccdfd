import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, everyCall, ofOperator, quantile } from '../../check/all.js';
import { Evidence, Violation, violation } from '../../check/evidence.js';
import { recoveredIn } from '../../check/bounds.js';
import { readEvidence } from '../../check/read-evidence.js';
import { RunningLoad } from '../../load/load.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { FaultCase, USUAL_PCT } from '../../rows/fault-case.js';
import { DEADLINE_MS, MAIN_OPERATORS, VirtualOperator } from '../../virtual-operators.js';
import { Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';

/** So many good answers of every operator come before the first fault. */
const GOOD_FIRST = 8;

const NEVER_EXCUSED = /^I[23578]:/;

type Round = Map<VirtualOperator, FaultCase>;

/** Eight operators at a time, a fault each: a quarter of their requests fails, the others must not notice. */
export async function runRequestFaults(run: Run, cases: readonly FaultCase[]): Promise<void> {
  for (const [index, round] of roundsOf(cases).entries()) await runRound(run, round, `u${index + 1}`);
}

/** @returns as few rounds as it takes; each case meets an operator that can show it */
export function roundsOf(cases: readonly FaultCase[]): Round[] {
  const rounds: Round[] = [];
  for (const one of cases) {
    const free = (round: Round): VirtualOperator | undefined =>
      MAIN_OPERATORS.find((operator) => !round.has(operator) && shows(operator, one));
    let round = rounds.find((candidate) => free(candidate) !== undefined);
    if (!round) rounds.push((round = new Map()));
    const operator = free(round);
    if (!operator) throw new Error(`no operator can show ${one.fault}`);
    round.set(operator, one);
  }
  return rounds;
}

function shows({ dialect, share }: VirtualOperator, { dialects, endpoint }: FaultCase): boolean {
  return (endpoint !== 'share' || share) && (dialects?.includes(dialect) ?? true);
}

/**
 * A round that fails on a machine that was itself held up is tried once more; a wrong answer or a token that was
 * spent twice is excused by nothing.
 */
async function runRound(run: Run, round: Round, label: string, again = false): Promise<void> {
  const { results, stallMs } = await tryRound(run, round, label);
  const failed = results.filter(({ outcome }) => outcome === 'fail');
  const excusable = !failed.some(({ problems }) => problems.some((problem) => NEVER_EXCUSED.test(problem)));
  if (failed.length > 0 && excusable && !again && stallMs > run.thresholds.calmStallMs) {
    console.log(
      `      ${label}: ${failed.length} rows fail, but the machine stalled ${stallMs} ms; once more`,
    );
    return runRound(run, round, `${label}x`, true);
  }
  for (const result of results) run.report.add(result);
}

async function tryRound(
  run: Run,
  round: Round,
  label: string,
): Promise<{ results: RowResult[]; stallMs: number }> {
  const { load, options, profile, world } = run;
  const startedAt = performance.now();
  const operatorIds = [...round.keys()].map(({ id }) => id);
  const from = await world.sim.position();
  const visitsBefore = await world.sim.internalVisits();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label,
    kind: 'victim',
    operatorIds,
    tenants: world.tenants,
    ratePerSecond: (profile.upstreamRate / MAIN_OPERATORS.length) * operatorIds.length,
  });
  await until(() => operatorIds.every((id) => goodSince(running, id, 0) >= GOOD_FIRST), 10_000);
  for (const [{ id }, { endpoint, fault, pct = USUAL_PCT }] of round) {
    await world.sim.fault({ operator: id, endpoint, fault, pct, seed: options.seed });
  }
  await sleep(profile.faultMs);
  await Promise.all(operatorIds.map((id) => world.sim.heal(id)));
  const healedAt = Date.now();
  await sleep(profile.healMs);
  await until(
    () => operatorIds.every((id) => goodSince(running, id, healedAt) > 0),
    run.thresholds.recoverMs,
  );
  running.stop();
  const evidence = await readEvidence(world, label, await running.done, from);
  const visits = (await world.sim.internalVisits()) - visitsBefore;
  const stallMs = stalls.end();
  const results = [...round].map(([operator, one]) =>
    judge(run, one, ofOperator(evidence, operator.id), { startedAt, healedAt, stallMs, visits, operator }),
  );
  return { results, stallMs };
}

function goodSince({ records }: RunningLoad, operatorId: string, since: number): number {
  return records.filter((one) => one.operatorId === operatorId && one.status === 200 && one.sentAt >= since)
    .length;
}

interface Circumstances {
  readonly startedAt: number;
  readonly healedAt: number;
  readonly stallMs: number;
  readonly visits: number;
  readonly operator: VirtualOperator;
}

function judge(run: Run, one: FaultCase, evidence: Evidence, circumstances: Circumstances): RowResult {
  const { healedAt, operator, stallMs, startedAt, visits } = circumstances;
  const { answerSlackMs, earlySlackMs, minimumFaulted, recoverMs } = run.thresholds;
  const met = new Set(evidence.sim.filter(({ fault }) => fault === one.fault).map(({ jti }) => jti));
  const faulted = evidence.load.filter(({ jti }) => met.has(jti));
  const times = faulted.map(({ ms }) => ms);
  const firstGood = evidence.load
    .filter(({ sentAt, status }) => status === 200 && sentAt >= healedAt)
    .map(({ ms, sentAt }) => sentAt + ms - healedAt);
  const recoveryMs = firstGood.length > 0 ? Math.round(Math.min(...firstGood)) : undefined;
  const violations = [
    ...answersAsExpected(one, evidence, met),
    ...everyCall(evidence, DEADLINE_MS + answerSlackMs + stallMs),
    ...recoveredIn(recoveryMs, recoverMs),
  ];
  const problems: string[] = [];
  if (faulted.length < minimumFaulted) problems.push(`only ${faulted.length} calls met the fault`);
  if (one.atDeadline && Math.min(...times) < DEADLINE_MS - earlySlackMs)
    problems.push('answered before the deadline');
  if (!one.atDeadline && quantile(times, 0.5) > DEADLINE_MS / 2) problems.push('waited for the deadline');
  if (one.id === 'U21' && visits > 0) problems.push(`${visits} visits to the inner host`);
  return verdictOn({
    id: one.id,
    title: one.title,
    phase: 'upstream',
    startedAt,
    violations,
    problems,
    figures: {
      operator: operator.id,
      faulted: faulted.length,
      of: evidence.load.length,
      p50: quantile(times, 0.5),
      p100: quantile(times, 1),
      recovery: recoveryMs ?? 'never',
      stall: stallMs,
    },
  });
}

function answersAsExpected(one: FaultCase, { load }: Evidence, met: ReadonlySet<string>): Violation[] {
  return load.flatMap((record) => {
    const told = answerOf(record);
    const expected = met.has(record.jti) ? one.expect : ['200'];
    if (expected.includes(told)) return [];
    const whose = met.has(record.jti) ? 'the fault' : 'an honest answer';
    return [violation('row', record.jti, `${whose} became ${told}`)];
  });
}
