import './typescript-imports.cjs';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { runMigrations } from '../../src/database/migrations.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { TEST_SERVER_URL, TEST_TEMPLATE, databaseUrl } from './test-database.js';

/**
 * One folder for all temporary files of the run, which goes with it; one server, with one migrated database that every
 * test database is a copy of.
 * TEST_DATABASE_URL: a server of yours, by a role that may create databases. JEST_NO_DB=1: no server at all.
 */
export default async function globalSetup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nvgw-tests-'));
  // The database server's user must be able to enter it.
  await chmod(folder, 0o755);
  process.env['TMPDIR'] = folder;
  const stopServer = process.env.JEST_NO_DB === '1' ? undefined : await startServer();
  Object.assign(globalThis, {
    endTests: async () => {
      await stopServer?.();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

async function startServer(): Promise<() => Promise<void>> {
  const server = await findServer();
  const template = `nvgw_template_${randomUUID().replaceAll('-', '')}`;
  const admin = new Client({ connectionString: server.url, connectionTimeoutMillis: 5_000 });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${template}`);
  await runMigrations(databaseUrl(server.url, template));
  process.env[TEST_SERVER_URL] = server.url;
  process.env[TEST_TEMPLATE] = template;
  return async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    await admin.end();
    await server.stop();
  };
}

async function findServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  await chmod(folder, 0o755);
  // Tests of durability start their own server; here nothing needs to outlive the run.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };
  const server = await startEmbeddedPostgres(folder, createLogger('silent'), settings);
  return { url: server.url, stop: () => server.stop() };
}
