import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { createLogger } from '../telemetry/logger.js';
import { Database } from './database.js';
import { Reports } from './reports.js';
import { waitForPostgres } from './wait-for-postgres.js';

const logger = createLogger('silent');

describe('Database', () => {
  let server: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    server = await createTestDatabase();
    database = await Database.open({ url: server.url, entities: [], logger });
  });
  afterEach(async () => {
    await database.close();
    await server.drop();
  });

  test('no statement of a pool or of TypeORM runs longer than half a second', async () => {
    const slow = 'SELECT pg_sleep(3)';
    const began = Date.now();
    await expect(database.pool('admin').query(slow)).rejects.toThrow(/timeout/);
    await expect(database.dataSource.query(slow)).rejects.toThrow(/timeout/);
    expect(Date.now() - began).toBeLessThan(1_500);
  });

  test('an idle connection that the server ends does not end the process, and the pool goes on', async () => {
    const pool = database.pool('admin');
    const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.pool('broker').query('SELECT pg_terminate_backend($1, 400)', [rows[0]!.pid]);
    // The server has ended it; on a busy machine the news takes a moment.
    while (pool.totalCount > 0) await sleep(5);
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  test('reports have connections of their own: while all of them are busy a call waits for none', async () => {
    const reports = new Reports(database);
    const long = Array.from({ length: 4 }, () =>
      reports.run(null, (snapshot) => snapshot.rows('SELECT pg_sleep(1.5)')),
    );
    let busy = true;
    const ended = Promise.all(long).finally(() => (busy = false));
    await database.pool('admin').query('SELECT');
    // All four are at it by now, and would not have been asked if a call had to wait for one.
    await sleep(300);
    for (const name of ['ledger', 'admin', 'broker'] as const) {
      expect((await database.pool(name).query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
    }
    expect(busy).toBe(true);
    await ended;
  });

  test('a pool of one name is one pool', () => {
    expect(database.pool('admin')).toBe(database.pool('admin'));
    expect(database.pool('admin')).not.toBe(database.pool('broker'));
  });
});

describe('waitForPostgres', () => {
  test('a server that never answers ends the wait with host and port, without the password', async () => {
    const waiting = waitForPostgres('postgres://me:hidden-word@127.0.0.1:1/data', 200);
    await expect(waiting).rejects.toThrow(/127\.0\.0\.1:1, database data,/);
    await expect(waiting).rejects.not.toThrow(/hidden-word/);
  });

  test('an unknown database is not waited for', async () => {
    const database = await createTestDatabase();
    await database.drop();
    const began = Date.now();
    await expect(waitForPostgres(database.url)).rejects.toThrow(/does not exist/);
    expect(Date.now() - began).toBeLessThan(2_000);
  });
});
