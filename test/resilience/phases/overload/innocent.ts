import { quantile } from '../../check/all.js';
import { Latencies, victimWithinBounds } from '../../check/bounds.js';
import { Violation } from '../../check/evidence.js';
import { LoadRecord } from '../../load/load-record.js';
import { RowResult } from '../../report/result.js';
import { Run } from '../phase.js';

/** So often a row about latencies is tried on a machine that others use, too; errors are never tried away. */
const TRIES = 3;

function latenciesOf(records: readonly LoadRecord[]): Latencies {
  const times = records.map(({ lateMs, ms }) => lateMs + ms);
  const errors = records.filter(({ expected, verdict }) => verdict !== expected).length;
  return { errors, p99Ms: quantile(times, 0.99) };
}

/** I6 for those who did nothing: measured against the quieter of the run's baseline and what came just before. */
export function harmedBy(
  { baseline, thresholds }: Run,
  quiet: readonly LoadRecord[],
  loud: readonly LoadRecord[],
): { violations: Violation[]; figures: RowResult['figures'] } {
  const before = latenciesOf(quiet);
  const during = latenciesOf(loud);
  const base = { errors: 0, p99Ms: Math.max(before.p99Ms, baseline.p99Ms) };
  const { victimP99Ms: ms, victimP99Share: share } = thresholds;
  return {
    violations: victimWithinBounds(base, during, { ms, share }),
    figures: {
      'innocent calls': loud.length,
      'innocent errors': during.errors,
      'p99 before': before.p99Ms,
      'p99 during': during.p99Ms,
    },
  };
}

/** What no busy machine explains: wrong, lost or doubled calls, and errors of those who did nothing. */
const NEVER_EXCUSED = /^(I[234578]:|I6: \d+ errors)/;

/**
 * Tries until a result holds, or for the last time. What is too slow while the machine is held up may be fast enough
 * a moment later; nothing else is tried again.
 */
export async function quietest(
  { thresholds }: Run,
  attempt: (nth: number) => Promise<RowResult>,
): Promise<RowResult> {
  for (let nth = 1; ; nth++) {
    const result = await attempt(nth);
    const { figures, outcome, problems } = result;
    const heldUp = Number(figures['stall']) > thresholds.calmStallMs;
    const slowOnly = problems.every((problem) => problem.startsWith('I6: p99'));
    const excusable = (heldUp || slowOnly) && !problems.some((problem) => NEVER_EXCUSED.test(problem));
    if (outcome === 'pass' || !excusable || nth === TRIES) {
      return { ...result, figures: { ...figures, tries: nth } };
    }
  }
}
