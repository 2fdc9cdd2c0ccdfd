import { answerOf, everyCall, quantile } from '../../check/all.js';
import { probesFew, recoveredIn } from '../../check/bounds.js';
import { Evidence, Violation, violation } from '../../check/evidence.js';
import { LoadRecord } from '../../load/load-record.js';
import { UNAVAILABLE } from '../../rows/fault-case.js';
import { OutageCase } from '../../rows/outage-cases.js';
import { DEADLINE_MS } from '../../virtual-operators.js';
import { Run } from '../phase.js';

/** Times are milliseconds since the epoch, but `startedAt`. */
export interface Outage {
  readonly startedAt: number;
  readonly brokenAt: number;
  readonly healedAt: number;
  readonly stallMs: number;
  readonly pods: readonly string[];
  /** How often a circuit of this operator became half-open, in all gateways. */
  readonly halfOpens: number;
  /** Calls repeated with tokens that must not have been spent. */
  readonly again: readonly LoadRecord[];
}

/** Calls on their way when it broke, or when it healed, belong to neither time. */
const BLURRED_MS = 100;

export function judgeOutage(run: Run, one: OutageCase, evidence: Evidence, outage: Outage): void {
  const { again, brokenAt, healedAt, pods, stallMs, startedAt } = outage;
  const { answerSlackMs, connectionRefusedMedianMs, openCircuitMedianMs, recoverMs } = run.thresholds;
  const during = evidence.load.filter(
    ({ kind, ms, sentAt }) => kind !== 'again' && sentAt > brokenAt + BLURRED_MS && sentAt + ms < healedAt,
  );
  const arrivals = evidence.sim.filter(({ at }) => at > brokenAt + BLURRED_MS && at < healedAt).length;
  const told = (wanted: readonly string[]): LoadRecord[] =>
    during.filter((r) => wanted.includes(answerOf(r)));
  const refused = told([UNAVAILABLE]);
  const recoveryMs = recovery(evidence.load, outage);
  const problems: string[] = [];
  if (told(one.expect).length === 0) problems.push(`never answered ${one.expect.join(' or ')}`);
  if (one.id === 'U01' && quantile(told(one.expect).map(msOf), 0.5) > connectionRefusedMedianMs + stallMs) {
    problems.push('slow to say that nobody is there');
  }
  if (one.id === 'U31') problems.push(...circuitProblems(refused, pods, openCircuitMedianMs + stallMs));
  if (one.neverSent && arrivals > 0) problems.push(`${arrivals} calls arrived all the same`);
  for (const { jti, status, verdict, expected } of again) {
    if (status !== 200 || verdict !== expected) problems.push(`the token of ${jti} was spent: ${status}`);
  }
  if (one.arrivalsPerGateway !== undefined && arrivals > one.arrivalsPerGateway * pods.length) {
    problems.push(`${arrivals} calls reached an operator that wanted to be left alone`);
  }
  run.report.judge({
    id: one.id,
    title: one.title,
    phase: 'upstream',
    startedAt,
    problems,
    violations: [
      ...unexpected(one, during),
      ...everyCall(evidence, DEADLINE_MS + answerSlackMs + stallMs),
      ...(one.recovers === false ? [] : recoveredIn(recoveryMs, recoverMs)),
      ...(one.id === 'U31' ? probesFew(...probes(run, evidence, outage)) : []),
      ...(one.neverSent ? leftovers(evidence, during, again) : []),
    ],
    figures: {
      operator: one.operator,
      calls: during.length,
      arrived: arrivals,
      refused: refused.length,
      'refused p50': quantile(refused.map(msOf), 0.5),
      p100: quantile(during.map(msOf), 1),
      recovery: recoveryMs ?? 'not seen',
      'used again': again.length,
      stall: stallMs,
    },
  });
}

const msOf = ({ ms }: LoadRecord): number => ms;

/** From healing until every gateway has had a good answer. */
function recovery(load: readonly LoadRecord[], { healedAt, pods }: Outage): number | undefined {
  const firsts = pods.map((name) => {
    const good = load.filter(
      ({ pod, sentAt, status }) => pod === name && status === 200 && sentAt >= healedAt,
    );
    return Math.min(...good.map(({ ms, sentAt }) => sentAt + ms - healedAt));
  });
  const last = Math.max(...firsts);
  return Number.isFinite(last) ? Math.round(last) : undefined;
}

function unexpected(
  { alsoFine, expect, retryAfter }: OutageCase,
  during: readonly LoadRecord[],
): Violation[] {
  return during.flatMap((record) => {
    const answer = answerOf(record);
    if (!expect.includes(answer) && !alsoFine.includes(answer)) {
      return [violation('row', record.jti, `answered ${answer}`)];
    }
    if (!retryAfter || record.status !== 503) return [];
    const [least, most] = retryAfter;
    const seconds = record.retryAfter ?? NaN;
    return seconds >= least && seconds <= most
      ? []
      : [violation('row', record.jti, `Retry-After: ${record.retryAfter}`)];
  });
}

/** A refused call leaves no row, unless its token was used again. */
function leftovers(
  { rows }: Evidence,
  during: readonly LoadRecord[],
  again: readonly LoadRecord[],
): Violation[] {
  const used = new Set(again.map(({ jti }) => jti));
  const refused = new Set(during.map(({ jti }) => jti).filter((jti) => !used.has(jti)));
  return rows
    .filter(({ jti }) => refused.has(jti))
    .map(({ jti }) => violation('I4', jti, 'a row, and never sent'));
}

function circuitProblems(
  refused: readonly LoadRecord[],
  pods: readonly string[],
  medianMs: number,
): string[] {
  const opened = new Set(refused.map(({ pod }) => pod));
  const closed = pods.filter((pod) => !opened.has(pod)).map((pod) => `${pod} never opened its circuit`);
  const slow = quantile(refused.map(msOf), 0.5) > medianMs ? ['slow to refuse behind an open circuit'] : [];
  return [...closed, ...slow];
}

/** Calls that were sent after every circuit had opened and arrived; and how many windows there were for them. */
function probes({ thresholds }: Run, { load, sim }: Evidence, outage: Outage): [number, number] {
  const { brokenAt, halfOpens, healedAt, pods } = outage;
  const opened = pods.map((name) => {
    const refused = load.filter(
      ({ pod, sentAt, status }) => pod === name && status === 503 && sentAt > brokenAt && sentAt < healedAt,
    );
    return Math.min(...refused.map(({ sentAt }) => sentAt));
  });
  const from = Math.max(...opened) + BLURRED_MS;
  const sentLater = new Set(load.filter(({ sentAt }) => sentAt > from).map(({ jti }) => jti));
  const arrived = sim.filter(({ at, jti }) => at < healedAt && sentLater.has(jti)).length;
  return [arrived, halfOpens + thresholds.probesOfLatecomers];
}
