import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { migrations } from '../../migrations/index.js';
import { runMigrations } from './migrations.js';

describe('runMigrations', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ empty: true });
  });
  afterEach(() => database.drop());

  async function applied(): Promise<string[]> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
      return rows.map(({ name }) => name);
    } finally {
      await client.end();
    }
  }

  test('four processes that start at once apply every migration exactly once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => runMigrations(database.url)));
    expect(await applied()).toEqual(migrations.map(({ name }) => name));
  });

  test('a second run finds nothing to do', async () => {
    await runMigrations(database.url);
    await runMigrations(database.url);
    expect(await applied()).toHaveLength(migrations.length);
  });
});
