import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { Problem } from '../contract/problem.js';
import { createLogger } from '../telemetry/logger.js';
import { Database } from './database.js';
import { runMigrations } from './migrations.js';

const logger = createLogger('silent');
let place: TestDatabase;
let proxy: TcpProxy;
const opened: Database[] = [];

beforeEach(async () => {
  place = await createTestDatabase();
  proxy = await TcpProxy.to(place.url);
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  await proxy.close();
  await place.drop();
});

function begin(url = proxy.url(place.url)): Database {
  const database = Database.begin({ url, entities: [], logger });
  opened.push(database);
  return database;
}

async function until(holds: () => boolean, withinMs = 15_000): Promise<void> {
  for (const end = performance.now() + withinMs; !holds(); await sleep(20)) {
    if (performance.now() > end) throw new Error('it did not come to that');
  }
}

test('D02: a server that comes later is found, and TypeORM is open from then on', async () => {
  proxy.set('cut');
  const database = begin();
  expect(() => database.dataSource).toThrow(Problem);
  await until(() => /ECONN|terminated|reset/i.test(database.obstacle ?? ''));
  proxy.set('whole');
  await until(() => database.obstacle === undefined);
  expect(await database.dataSource.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

test('D09: a wrong password is said as it is, without the password, and tried again', async () => {
  const wrong = new URL(place.url);
  wrong.password = 'canary-password';
  const database = begin(wrong.href);
  await until(() => /password/.test(database.obstacle ?? ''));
  expect(database.obstacle).not.toContain('canary');
});

test('D12: without the schema of this version the remedy is named; once it is there, the way is free', async () => {
  const empty = await createTestDatabase({ empty: true });
  try {
    const database = begin(empty.url);
    await until(() => /migrations are missing.*npm run migrate/.test(database.obstacle ?? ''));
    expect(database.wrongSchema).toBe(true);
    await runMigrations(empty.url);
    await until(() => database.obstacle === undefined);
    expect(database.wrongSchema).toBe(false);
    await database.close();
  } finally {
    await empty.drop();
  }
});

test('a newer schema is no obstacle', async () => {
  const admin = await Database.open({ url: place.url, entities: [], logger });
  opened.push(admin);
  await admin.pool('admin').query("INSERT INTO migrations (timestamp, name) VALUES (9e15, 'FromTheFuture9')");
  const database = begin();
  await until(() => database.obstacle === undefined);
});

test('a step of the start takes the copy while the server is away, and waits for it when there is none', async () => {
  proxy.set('cut');
  const database = begin();
  const steps: string[] = [];
  const load = async () => {
    await database.pool('admin').query('SELECT');
    steps.push('loaded');
  };
  await database.startWith(load, async () => Boolean(steps.push('recalled')));
  expect(steps).toEqual(['recalled']);
  const waiting = database.startWith(load, async () => false);
  await sleep(500);
  expect(steps).toEqual(['recalled']);
  proxy.set('whole');
  await waiting;
  expect(steps).toEqual(['recalled', 'loaded']);
});

test('what the server says against a step is not waited over', async () => {
  const database = begin();
  const step = () => database.pool('admin').query('SELECT FROM no_such_table');
  await expect(database.startWith(step, async () => true)).rejects.toThrow(/no_such_table/);
});
