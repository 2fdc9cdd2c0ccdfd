import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** Environment variables by which the global setup tells the workers what it started. */
export const TEST_SERVER_URL = 'NVGW_TEST_SERVER_URL';
export const TEST_TEMPLATE = 'NVGW_TEST_TEMPLATE';

export interface TestDatabase {
  readonly url: string;
  /** false: new connections are refused, as by a server that is gone; those that stand go on. */
  allowConnections(allowed: boolean): Promise<void>;
  /** Ends every connection to it first. */
  drop(): Promise<void>;
}

/** A database of the test's own on the server of this run: a copy of the migrated one, or empty. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const { [TEST_SERVER_URL]: server, [TEST_TEMPLATE]: template } = process.env;
  if (!server || !template) throw new Error('this test needs Postgres: run it without JEST_NO_DB=1');
  const name = `nvgw_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `CREATE DATABASE ${name}${options.empty ? '' : ` TEMPLATE ${template}`}`);
  return {
    url: databaseUrl(server, name),
    allowConnections: (allowed) => onServer(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`),
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function onServer(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
