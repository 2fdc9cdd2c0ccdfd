import { JournalLine } from './journal-line.js';

/** Lines of one process, numbered without a gap. */
export interface SeqRun {
  readonly boot_id: string;
  readonly first_seq: number;
  last_seq: number;
}

/** Whether a line came in before: what stands in the journal twice is taken once. */
export function isIn(runs: readonly SeqRun[], bootId: string, seq: number): boolean {
  return runs.some((run) => run.boot_id === bootId && run.first_seq <= seq && seq <= run.last_seq);
}

/** @returns the numbers of these lines, as few runs as they make; the first one lengthens `before` where it can */
export function runsOf(lines: readonly JournalLine[], before?: SeqRun): SeqRun[] {
  const runs: SeqRun[] = [];
  let current = before && { ...before };
  for (const { bootId, seq } of lines) {
    if (current !== undefined && current.boot_id === bootId && current.last_seq + 1 === seq) {
      current.last_seq = seq;
      if (runs.length === 0) runs.push(current);
    } else runs.push((current = { boot_id: bootId, first_seq: seq, last_seq: seq }));
  }
  return runs;
}

/** @returns how many numbers are left out between the runs, and between `before` (or the beginning) and the first */
export function gapsIn(runs: readonly SeqRun[], before?: SeqRun): number {
  let missing = 0;
  let last = before;
  for (const run of runs) {
    const expected = last?.boot_id === run.boot_id ? last.last_seq + 1 : 1;
    if (run.first_seq !== last?.first_seq) missing += Math.max(0, run.first_seq - expected);
    last = run;
  }
  return missing;
}
