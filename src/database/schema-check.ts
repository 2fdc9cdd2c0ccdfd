import { DatabaseError, type Client } from 'pg';
import { migrations } from '../../migrations/index.js';

const UNDEFINED_TABLE = '42P01';

/**
 * Whether the schema is one that this version can work with. A newer one is: migrations only ever add.
 * @returns what is wrong and the remedy; undefined when nothing is
 */
export async function schemaFault(client: Client): Promise<string | undefined> {
  const applied = await appliedMigrations(client);
  const missing = migrations.filter((Migration) => !applied.has(new Migration().name ?? Migration.name));
  if (missing.length === 0) return undefined;
  const count = missing.length === 1 ? 'one migration is' : `${missing.length} migrations are`;
  return `the database has not the schema of this version (${count} missing): npm run migrate`;
}

async function appliedMigrations(client: Client): Promise<Set<string>> {
  try {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) return new Set();
    throw error;
  }
}
