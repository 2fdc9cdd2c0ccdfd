import type { Pool } from 'pg';
import { Database } from '../database/database.js';

/** Two batches of inserts and a probe. */
export const INSERT_CONNECTIONS = 3;
/** A batch of outcomes, one of releases, a replay of the journal, upkeep. */
const OUTCOME_CONNECTIONS = 4;
/** Below the 250 ms a call waits: the server itself undoes what comes too late, and says so. */
const INSERT_TIMEOUT_MS = 220;

/**
 * An acknowledged row survives a crash of the server. Today's partition grows from nothing faster than its
 * statistics: rows are to be found by the key even while these say it is empty.
 */
const SESSION_OPTIONS = '-c synchronous_commit=on -c enable_seqscan=off';

export interface LedgerPools {
  readonly inserts: Pool;
  readonly outcomes: Pool;
}

/** The ledger's own connections, which stay open; outcomes never hold up an insert. */
export function ledgerPools(database: Database): LedgerPools {
  const session = { idleTimeoutMillis: 0, options: SESSION_OPTIONS };
  const inserting = { ...session, max: INSERT_CONNECTIONS, statement_timeout: INSERT_TIMEOUT_MS };
  const inserts = database.pool('ledger', inserting);
  const outcomes = database.pool('outcomes', { ...session, max: OUTCOME_CONNECTIONS });
  return { inserts, outcomes };
}

/** The first calls find their connections made, and so do their outcomes. */
export async function warmUp({ inserts, outcomes }: LedgerPools): Promise<void> {
  const first = [...Array.from({ length: INSERT_CONNECTIONS }, () => inserts), outcomes];
  await Promise.all(first.map((pool) => pool.query('SELECT')));
}

/** Traces of calls: one batch at a time, and to forget the old ones. A crash of the server may cost the last of them. */
export function tracePool(database: Database): Pool {
  const options = '-c synchronous_commit=off';
  return database.pool('traces', { max: 2, options, statement_timeout: 2_000, query_timeout: 2_500 });
}
