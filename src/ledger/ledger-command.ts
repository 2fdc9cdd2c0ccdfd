import type { Pool } from 'pg';
import { utcDate } from './ledger-entry.js';
import { ProofResult, prove } from './ledger-proofs.js';
import { quarantined } from './journal/journal-directory.js';

const RESULTS = ['MATCH', 'NO_MATCH', 'NUMBER', 'NOT_CALLED'] as const;
type Result = (typeof RESULTS)[number];
const REVIEWED = {
  double: { table: 'ledger_double_dispatches', key: 'id = $1::uuid' },
  outcome: { table: 'ledger_stray_outcomes', key: 'id = $1::uuid' },
  gap: {
    table: 'ledger_replayed',
    key: `boot_id = split_part($1, '/', 1)::uuid AND first_seq = split_part($1, '/', 2)::bigint`,
  },
} as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type LedgerCommand =
  | { readonly name: 'check'; readonly days: number }
  | { readonly name: 'settle'; readonly result: Result; readonly ids: readonly string[] }
  | {
      readonly name: 'review';
      readonly what: keyof typeof REVIEWED;
      readonly id: string;
      readonly note: string;
      readonly billable: boolean;
    };

/** A command that makes no sense; the message says which ones do. */
export class LedgerUsageError extends Error {
  constructor(wrong: string) {
    super(`${wrong}

  check [days]                              is anything missing, double or open? (default: tokens of the last 3 days)
  settle ${RESULTS.join('|')} <id>…
                                            writes the outcome of unknown rows; NOT_CALLED: the operator has no record
  review double <id> [--billable] <note>    a token that was used twice has been looked at
  review outcome <id> <note>                an outcome without a row has been looked at
  review gap <process>/<number> <note>      a gap in a journal has been looked at`);
  }
}

/** @throws LedgerUsageError */
export function readLedgerCommand(args: readonly string[]): LedgerCommand {
  const [name = 'check', ...rest] = args;
  if (name === 'check') return { name, days: readDays(rest) };
  if (name === 'settle') return readSettle(rest);
  if (name === 'review') return readReview(rest);
  throw new LedgerUsageError(`There is no command ${name}.`);
}

function readDays([given = '3', ...more]: readonly string[]): number {
  if (more.length > 0 || !/^\d{1,4}$/.test(given)) throw new LedgerUsageError('Days: a whole number.');
  return Number(given);
}

function readSettle([given, ...ids]: readonly string[]): LedgerCommand {
  const result = RESULTS.find((one) => one === given);
  if (!result) throw new LedgerUsageError(`A result is one of ${RESULTS.join(', ')}.`);
  if (ids.length === 0 || !ids.every((id) => UUID.test(id)))
    throw new LedgerUsageError('Which rows? Give their ids.');
  return { name: 'settle', result, ids };
}

function readReview(args: readonly string[]): LedgerCommand {
  const [what, id, ...words] = args.filter((arg) => arg !== '--billable');
  const billable = args.includes('--billable');
  if (what !== 'double' && what !== 'outcome' && what !== 'gap') throw new LedgerUsageError('Review what?');
  const [uuid, seq] = (id ?? '').split('/');
  if (!UUID.test(uuid!) || (what === 'gap') !== /^\d{1,15}$/.test(seq ?? ''))
    throw new LedgerUsageError('Which one?');
  if (billable && what !== 'double')
    throw new LedgerUsageError('Only a double dispatch can be made billable.');
  const note = words.join(' ').trim();
  if (!note) throw new LedgerUsageError('A note says what was found.');
  return { name: 'review', what, id: id!, note, billable };
}

/** @returns what to print, and whether all is well */
export async function runLedgerCommand(
  command: LedgerCommand,
  pool: Pool,
  journalDir: string,
): Promise<{ text: string; ok: boolean }> {
  if (command.name === 'check') return report(await prove(pool, command.days), await quarantined(journalDir));
  if (command.name === 'settle') {
    // A version 7 id tells its day, and a token is used on the day of its issue or the next.
    const days = command.ids
      .map((id) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1000)
      .sort((a, b) => a - b);
    const { rowCount } = await pool.query(
      `UPDATE usage_ledger SET result = $1, settled_at = now()
       WHERE issue_date BETWEEN $3::date - 1 AND $4::date AND id = ANY ($2::uuid[]) AND result IS NULL
         AND started_at < now() - interval '90 seconds'`,
      [command.result, command.ids, utcDate(days[0]!), utcDate(days.at(-1)!)],
    );
    return done(rowCount, command.ids.length, 'settled; the others are not unknown');
  }
  const { table, key } = REVIEWED[command.what];
  const billable = command.billable ? ', billable = true' : '';
  const { rowCount } = await pool.query(
    `UPDATE ${table} SET reviewed_at = now(), review_note = $2 ${billable} WHERE ${key}`,
    [command.id, command.note],
  );
  return done(rowCount, 1, 'reviewed');
}

const done = (rows: number | null, asked: number, what: string): { text: string; ok: boolean } => ({
  text: `${rows ?? 0} of ${asked} ${what}.`,
  ok: rows === asked,
});

function report(results: readonly ProofResult[], files: readonly string[]): { text: string; ok: boolean } {
  const damaged: ProofResult = {
    name: 'damaged segment in quarantine here',
    rows: files.length,
    example: files[0] ?? '',
    finding: files.length > 0,
    remedy: 'Look into it, put an intact copy back if there is one, then move it away.',
  };
  const all = [...results, damaged];
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = all.map(({ name, rows, example, finding }) =>
    `${finding ? '✗' : rows > 0 ? '·' : '✓'} ${name.padEnd(width)}  ${String(rows).padStart(8)}  ${example}`.trimEnd(),
  );
  const remedies = all.filter(({ rows }) => rows > 0).map(({ name, remedy }) => `${name}: ${remedy}`);
  const ok = !all.some(({ finding }) => finding);
  return { text: [...lines, ...(remedies.length > 0 ? ['', ...remedies] : [])].join('\n'), ok };
}
