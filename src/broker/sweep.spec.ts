import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { Database } from '../database/database.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { BrokerStore } from './broker-store.js';
import { Sweep } from './sweep.js';

const logger = createLogger('silent');
let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await Database.open({ url: testDatabase.url, entities: [], logger });
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

test('expired rows go, all of them, and live ones stay', async () => {
  const store = new BrokerStore(database, { brokerPolicy: 'open' }, logger);
  await store.query(
    `INSERT INTO oidc_artifacts (model, id_hash, sealed, expires_at)
     SELECT 'ReplayDetection', int4send(n), '', now() + make_interval(secs => n - 12000.5)
     FROM generate_series(1, 12010) n`,
    [],
  );
  const removed = await new Sweep(store, new Metrics(), logger).sweep();
  const { rows } = await store.query('SELECT count(*)::int AS left FROM oidc_artifacts', []);
  expect([removed, rows[0]!['left']]).toEqual([12_000, 10]);
});
