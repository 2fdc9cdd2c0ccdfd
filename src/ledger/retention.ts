import type { Pool, PoolClient } from 'pg';

/** Nobody waits for it; a lock it cannot get it does not hold others up for. */
const SESSION = `SET statement_timeout = '120s'; SET lock_timeout = '5s'`;
const QUERY_TIMEOUT_MS = 125_000;
/** What the replay of the journal keeps, with the column that says how old a row is. */
const BESIDE = {
  ledger_double_dispatches: 'issue_date',
  ledger_stray_outcomes: 'issue_date',
  ledger_replayed: 'replayed_at',
} as const;

/**
 * Deletes the usage of days longer ago than `months` (calendar months, by the clock of the database), one partition at
 * a time. Any number of processes may call it: one of them does it.
 * @returns the partitions that went, or undefined when another process is at it
 */
export async function dropOldUsage(pool: Pool, months: number): Promise<string[] | undefined> {
  const client = await pool.connect();
  try {
    await client.query(SESSION);
    const lock = `SELECT pg_try_advisory_lock(hashtextextended('usage retention', 0)) AS leads`;
    const { rows } = await client.query<{ leads: boolean }>(lock);
    return rows[0]!.leads ? await dropAsLeader(client, months) : undefined;
  } finally {
    // The end of the session frees the lock and forgets the settings.
    client.release(true);
  }
}

async function dropAsLeader(client: PoolClient, months: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string; attached: boolean; pending: boolean }>(
    `SELECT c.relname AS name, i.inhrelid IS NOT NULL AS attached, coalesce(i.inhdetachpending, false) AS pending
     FROM pg_class c
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'usage_ledger'::regclass
     WHERE c.relkind = 'r' AND c.relname ~ '^usage_ledger_[0-9]{8}$' AND pg_table_is_visible(c.oid)
       AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - make_interval(months => $1)
     ORDER BY 1`,
    [months],
  );
  const run = (text: string, values: unknown[] = []) =>
    client.query({ text, values, query_timeout: QUERY_TIMEOUT_MS } as { text: string; values: unknown[] });
  for (const { name, attached, pending } of rows) {
    // Concurrently: calls go on. An attempt that was cut short is finished first.
    if (attached)
      await run(`ALTER TABLE usage_ledger DETACH PARTITION ${name} ${pending ? 'FINALIZE' : 'CONCURRENTLY'}`);
    await run(`DROP TABLE ${name}`);
  }
  for (const [table, age] of Object.entries(BESIDE)) {
    await run(`DELETE FROM ${table} WHERE ${age} < now() - make_interval(months => $1)`, [months]);
  }
  return rows.map(({ name }) => name);
}
