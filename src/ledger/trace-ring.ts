import type { Pool } from 'pg';

const HOUR_MS = 3_600_000;
/** Partitions of the ring. */
const SLOTS = 26;

/** @returns 0 to 25: its partition of the ring */
export function slotOf(ms: number): number {
  return Math.floor(ms / HOUR_MS) % SLOTS;
}

/**
 * Empties what is older than a day. Any number of processes may call it at any time.
 * @param nowMs the wall clock's, which also wrote the rows
 */
export async function forgetOldTraces(pool: Pool, nowMs = Date.now()): Promise<void> {
  const next = slotOf(nowMs + HOUR_MS);
  const client = await pool.connect();
  try {
    await client.query(`SET lock_timeout = '2s'; SET statement_timeout = '30s'`);
    const { rows } = await client.query(`SELECT FROM call_traces_${next} LIMIT 1`);
    if (rows.length > 0) await client.query(`TRUNCATE call_traces_${next}`);
    // Of hours in which no process ran that would have emptied them.
    await client.query({
      text: 'DELETE FROM call_traces WHERE at < to_timestamp($1::float8 / 1000)',
      values: [nowMs - 25 * HOUR_MS],
    });
  } finally {
    // The end of the session forgets the settings.
    client.release(true);
  }
}
