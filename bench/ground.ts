import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.js';
import { createLogger } from '../src/telemetry/logger.js';
import { scratchDatabase } from './scratch-database.js';

/** The PostgreSQL under the gateway, started on the load side's cores. */
export interface Ground {
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/**
 * A database of this run alone: on TEST_DATABASE_URL's or DATABASE_URL's server, else on an embedded one.
 * @param folder of this run
 */
export async function layGround(folder: string): Promise<Ground> {
  const given = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL;
  if (given) return scratchDatabase(given);
  const server = await startEmbeddedPostgres(join(folder, 'data'), createLogger('warn'));
  return { databaseUrl: server.url, close: () => server.stop() };
}
