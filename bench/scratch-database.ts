import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** Makes a database on a given server, and drops it on close: the bench leaves nothing in yours. */
export async function scratchDatabase(
  serverUrl: string,
): Promise<{ databaseUrl: string; close(): Promise<void> }> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    databaseUrl: url.href,
    close: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
