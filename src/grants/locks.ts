import type { PoolClient } from 'pg';
import { Database } from '../database/database.js';

/** Work in one transaction, alone among all processes with this name; others wait. */
export function exclusively<T>(
  database: Database,
  name: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(database, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
    return work(client);
  });
}

/** @returns undefined when another process is at this work already. A process that dies lets go of it. */
export function asLeader<T>(
  database: Database,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<{ leads: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS leads',
      [name],
    );
    return rows[0]!.leads ? work() : undefined;
  });
}

async function inTransaction<T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await database.pool('admin').connect();
  let failure: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection in an unknown state is closed, which also rolls back.
    client.release(failure);
  }
}
