import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { outcomeStatement, releaseStatement } from '../ledger-statements.js';
import { JournalLine } from './journal-line.js';
import {
  IntentLine,
  OutcomeLine,
  doubleDispatchStatement,
  doubleOutcomeStatement,
  replayStatement,
  strayOutcomeStatement,
} from './replay-statements.js';
import { SeqRun } from './seq-runs.js';

/** Nobody waits for a replay, but a server that does not answer must not hold it for ever. */
const TIMEOUT_MS = 5_000;

/** How many rows of a batch ended where. */
export interface ReplayCounts {
  inserted: number;
  /** Stood under their own id: written before their answer was lost, or replayed before. */
  present: number;
  released: number;
  double_dispatch: number;
  stray: number;
}

/**
 * Brings lines into Postgres in one transaction; to do it again changes nothing.
 * @param runs which numbers these lines have, to be remembered with them
 * @throws what Postgres says; then nothing was brought in
 */
export async function replayBatch(
  client: PoolClient,
  lines: readonly JournalLine[],
  runs: readonly SeqRun[],
): Promise<ReplayCounts> {
  const ask = (statement: QueryConfig): Promise<QueryResult<{ id: string }>> =>
    client.query({ ...statement, query_timeout: TIMEOUT_MS } as QueryConfig);
  await client.query(`BEGIN; SET LOCAL statement_timeout = ${TIMEOUT_MS - 500}`);
  try {
    const released = await release(ask, lines);
    const intents = lines
      .filter((line) => line.phase === 'intent')
      .filter(({ entry }) => !released.has(entry.id));
    const outcomes = lines.filter((line) => line.phase === 'outcome');
    const { inserted, ...others } = await insert(ask, intents, outcomes);
    const stray = await settle(
      ask,
      outcomes.filter(({ outcome }) => !inserted.has(outcome.entry.id)),
    );
    const counts = { ...others, inserted: inserted.size, released: released.size, stray };
    await ask({ text: REMEMBER, values: [JSON.stringify(runs)] });
    await client.query('COMMIT');
    return counts;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

type Ask = (statement: QueryConfig) => Promise<QueryResult<{ id: string }>>;

/** First of all: a token whose call was never sent may have been dispatched again since. */
async function release(ask: Ask, lines: readonly JournalLine[]): Promise<Set<string>> {
  const entries = lines.flatMap((line) => (line.phase === 'released' ? [line.entry] : []));
  for (const [date, sameDay] of Map.groupBy(entries, ({ issueDate }) => issueDate)) {
    await ask(releaseStatement(date, sameDay));
  }
  return new Set(entries.map(({ id }) => id));
}

async function insert(
  ask: Ask,
  intents: readonly IntentLine[],
  outcomes: readonly OutcomeLine[],
): Promise<{ inserted: Set<string> } & Pick<ReplayCounts, 'present' | 'double_dispatch'>> {
  if (intents.length === 0) return { inserted: new Set(), present: 0, double_dispatch: 0 };
  const byId = new Map(outcomes.map((line) => [line.outcome.entry.id, line]));
  const { rows } = await ask(replayStatement(intents, byId));
  const inserted = new Set(rows.map(({ id }) => id));
  const others = intents.filter(({ entry }) => !inserted.has(entry.id));
  const doubles = others.length > 0 ? (await ask(doubleDispatchStatement(others))).rows.length : 0;
  return { inserted, present: others.length - doubles, double_dispatch: doubles };
}

/** @returns how many outcomes have no row */
async function settle(ask: Ask, outcomes: readonly OutcomeLine[]): Promise<number> {
  let strays = 0;
  for (const [date, sameDay] of Map.groupBy(outcomes, ({ outcome }) => outcome.entry.issueDate)) {
    const statement = outcomeStatement(
      date,
      sameDay.map(({ outcome }) => outcome),
    );
    const { rowCount } = await ask(statement as QueryConfig);
    if (rowCount === sameDay.length) continue;
    await ask(doubleOutcomeStatement(sameDay));
    strays += (await ask(strayOutcomeStatement(sameDay))).rows.length;
  }
  return strays;
}

const REMEMBER = `
INSERT INTO ledger_replayed (boot_id, first_seq, last_seq)
SELECT g.boot_id, g.first_seq, g.last_seq
FROM json_to_recordset($1) AS g (boot_id uuid, first_seq bigint, last_seq bigint)
ON CONFLICT (boot_id, first_seq) DO UPDATE SET last_seq = greatest(ledger_replayed.last_seq, excluded.last_seq)`;
