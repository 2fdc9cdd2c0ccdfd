import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { LONG_TIMEOUTS } from './timeouts.js';
import { waitForPostgres } from './wait-for-postgres.js';

/** One number for every gateway process on one database; no meaning beyond that. */
const MIGRATION_LOCK = 7_283_419_001;

/**
 * Brings the database to the newest schema. Any number of processes may do so at once: TypeORM itself takes no
 * lock, so a session holds an advisory lock meanwhile and the others wait, then find nothing left to do.
 * @param url postgres:// URL of a role that may create tables; a direct connection, not a transaction-pooling proxy
 * @throws Error when no PostgreSQL answers within 30 s, or when a migration fails (it is rolled back)
 */
export async function runMigrations(url: string): Promise<void> {
  await waitForPostgres(url);
  const holder = new Client({ connectionString: url, ...LONG_TIMEOUTS });
  // A connection lost while it only holds the lock has no query to report to.
  holder.on('error', () => {});
  await holder.connect();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyAll(url);
  } finally {
    // The end of the session frees the lock.
    await holder.end();
  }
}

async function applyAll(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    poolErrorHandler: () => {},
    extra: { ...LONG_TIMEOUTS, max: 1 },
  });
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
