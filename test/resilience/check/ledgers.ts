import { LoadRecord } from '../load/load-record.js';
import { byJti, Evidence, LedgerRow, Violation, violation } from './evidence.js';

export interface LedgerTolerance {
  /** Outcomes that a kill kept from being written. */
  readonly unknown?: (jti: string) => boolean;
}

/**
 * I4: one row per request that the operators received, with the outcome the caller was told; none for what was
 * refused. A call that left us and never arrived has a row, too, but is never billed.
 */
export function ledgersAgree({ load, sim, rows }: Evidence, tolerance: LedgerTolerance = {}): Violation[] {
  const found: Violation[] = [];
  const recorded = byJti(rows);
  const received = byJti(sim);
  for (const [jti, group] of recorded) {
    if (group.length > 1) found.push(violation('I4', jti, `${group.length} rows`));
  }
  for (const [jti] of received) {
    if (jti !== '' && !recorded.has(jti)) found.push(violation('I4', jti, 'dispatched without a row'));
  }
  const answers = byJti(load);
  for (const [jti, [row]] of recorded) {
    const complaint = rowComplaint(row!, received.has(jti), answers.get(jti) ?? [], tolerance);
    if (complaint !== undefined) found.push(violation('I4', jti, complaint));
  }
  for (const { jti, status } of load) {
    if (status === 200 && !recorded.has(jti)) found.push(violation('I4', jti, 'a verdict without a row'));
  }
  return found;
}

function rowComplaint(
  row: LedgerRow,
  arrived: boolean,
  answers: readonly LoadRecord[],
  { unknown }: LedgerTolerance,
): string | undefined {
  if (row.result === null) return unknown?.(row.jti) ? undefined : 'no outcome';
  if (!arrived && !row.result.startsWith('UPSTREAM_')) return `${row.result}, and no operator has seen it`;
  const told = answers.filter(({ status }) => status !== 0);
  if (told.length === 0) return undefined;
  return told.some((answer) => agrees(row, answer))
    ? undefined
    : `${row.result} ${row.httpStatus} on the record`;
}

function agrees({ result, httpStatus }: LedgerRow, { status, verdict, operation }: LoadRecord): boolean {
  if (httpStatus !== status) return false;
  if (status !== 200) return true;
  return result === (operation === 'share' ? 'NUMBER' : verdict === 'true' ? 'MATCH' : 'NO_MATCH');
}

/** I4, the journal's part: within a boot its lines are numbered without gap or repetition. */
export function journalGapless(lines: readonly { bootId: string; seq: number }[]): Violation[] {
  return [...Map.groupBy(lines, ({ bootId }) => bootId)].flatMap(([bootId, group]) => {
    const numbers = group.map(({ seq }) => seq).sort((a, b) => a - b);
    return numbers.flatMap((seq, at) => {
      const before = numbers[at - 1];
      if (before === undefined || seq === before + 1) return [];
      return [violation('I4', bootId, seq === before ? `line ${seq} twice` : `a gap before line ${seq}`)];
    });
  });
}
