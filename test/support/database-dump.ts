import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from 'pg';

const MOST_BYTES = 512 * 1024 * 1024;

/** A whole database as text, and what made it. */
export interface Dump {
  readonly by: 'pg_dump' | 'every table as text';
  readonly text: string;
  readonly tables: number;
}

/** By pg_dump where there is one for this server; else every row of every table as Postgres prints it. */
export async function dumpOf(url: string): Promise<Dump> {
  const tables = await tablesOf(url);
  try {
    const { stdout } = await promisify(execFile)('pg_dump', ['--no-owner', url], { maxBuffer: MOST_BYTES });
    return { by: 'pg_dump', text: stdout, tables: tables.length };
  } catch {
    return { by: 'every table as text', text: await rowsOf(url, tables), tables: tables.length };
  }
}

const TABLES = `
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`;

async function tablesOf(url: string): Promise<string[]> {
  return (await query(url, TABLES)).map(({ name }) => name!);
}

/** A row as text holds all its columns: bytea in hex, jsonb as it was written. */
async function rowsOf(url: string, tables: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const table of tables) {
    const rows = await query(url, `SELECT t::text AS name FROM ${table} t`);
    texts.push(`-- ${table}`, ...rows.map(({ name }) => name ?? ''));
  }
  return texts.join('\n');
}

async function query(url: string, sql: string): Promise<{ name: string | null }[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ name: string | null }>(sql)).rows;
  } finally {
    await client.end();
  }
}
