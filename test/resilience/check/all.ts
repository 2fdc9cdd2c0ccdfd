import { answersLegally, answersOnceInTime, answersTruly, keepsApart, spendsOnce } from './answers.js';
import { Evidence, Violation } from './evidence.js';
import { LoadRecord } from '../load/load-record.js';
import { LedgerTolerance, ledgersAgree } from './ledgers.js';

/** The invariants that hold for every call of every row: I1 to I5 and I7. @param withinMs see I1 */
export function everyCall(
  evidence: Evidence,
  withinMs: number,
  tolerance: LedgerTolerance & {
    lost?: (jti: string) => boolean;
    ownMs?: (call: LoadRecord) => number;
  } = {},
): Violation[] {
  return [
    ...answersOnceInTime(evidence, withinMs, tolerance.lost, tolerance.ownMs),
    ...answersLegally(evidence),
    ...answersTruly(evidence),
    ...ledgersAgree(evidence, tolerance),
    ...spendsOnce(evidence),
    ...keepsApart(evidence),
  ];
}

/** What concerns one operator. */
export function ofOperator({ load, rows, sim }: Evidence, operatorId: string): Evidence {
  const its = (record: { readonly operatorId: string }): boolean => record.operatorId === operatorId;
  return { load: load.filter(its), rows: rows.filter(its), sim: sim.filter(its) };
}

/** Status and code as a row of the catalogue writes them. */
export function answerOf({ status, code }: { status: number; code: string }): string {
  return status === 200 ? '200' : `${status} ${code}`;
}

/** @returns the value below which so large a share lies; 0 of nothing */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
}
