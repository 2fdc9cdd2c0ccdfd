import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { tenantEntities } from './entities.js';
import { seedTenant } from './seed.js';
import { Tenants } from './tenants.js';

const logger = createLogger('silent');

/** What one process of the gateway has. */
interface Process {
  tenants: Tenants;
  notifications: Notifications;
  database: Database;
  metrics: Metrics;
}

let place: TestDatabase;
let proxy: TcpProxy;
let admin: Database;
let processes: Process[];

beforeEach(async () => {
  place = await createTestDatabase();
  proxy = await TcpProxy.to(place.url);
  admin = await Database.open({ url: place.url, entities: tenantEntities, logger });
  await seedTenant(admin, { clientId: 'client-1', jwks: { keys: [] }, redirectUris: [], operatorIds: [] });
  processes = [await startProcess(place.url), await startProcess(proxy.url(place.url))];
});

afterEach(async () => {
  proxy.set('whole');
  for (const { tenants, notifications, database } of processes) {
    await tenants.onApplicationShutdown();
    await notifications.onApplicationShutdown();
    await database.close();
  }
  await admin.close();
  await proxy.close();
  await place.drop();
});

/** @param listenUrl where its LISTEN connection goes; all else goes straight to the server */
async function startProcess(listenUrl: string): Promise<Process> {
  const database = await Database.open({ url: place.url, entities: [], logger });
  const metrics = new Metrics();
  const tenants = new Tenants(database, metrics, logger);
  await tenants.load();
  const notifications = new Notifications(listenUrl, metrics, logger).start();
  tenants.watch(notifications);
  await until(() => notifications.connected);
  return { tenants, notifications, database, metrics };
}

async function until(holds: () => boolean, withinMs = 10_000): Promise<number> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > withinMs) throw new Error('it did not come to that');
    await sleep(5);
  }
  return performance.now() - began;
}

const suspend = () => admin.pool('admin').query("UPDATE tenants SET status = 'suspended'");
const seesIt = ({ tenants }: Process): boolean => tenants.application('client-1') === undefined;
const count = async ({ metrics }: Process, line: string): Promise<number> =>
  Number(
    (await metrics.render())
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.slice(line.length),
  );

test('C38: a suspended tenant is refused by every process within two seconds', async () => {
  await suspend();
  expect(await until(() => processes.every(seesIt))).toBeLessThan(2_000);
  await until(() => processes.every(seesIt));
  for (const one of processes) {
    expect(await count(one, 'nvgw_snapshot_refresh_total{trigger="notify",result="ok"}')).toBeGreaterThan(0);
    expect(await count(one, 'nvgw_snapshot_propagation_seconds_count')).toBeGreaterThan(0);
  }
});

test('D14: on a connection that is silently dead, a process finds out by looking itself', async () => {
  proxy.set('frozen');
  await suspend();
  expect(await until(() => seesIt(processes[1]!))).toBeLessThan(5_000);
  expect(processes[1]!.notifications.connected).toBe(true);
});

test('a connection that was cut is made again, at most once a second, and what was missed is read at once', async () => {
  const [, behindProxy] = processes as [Process, Process];
  proxy.set('cut');
  await until(() => !behindProxy.notifications.connected);
  proxy.set('whole');
  expect(await until(() => behindProxy.notifications.connected)).toBeGreaterThan(500);
});

test('a burst of changes is read a few times, and its last state is what stays', async () => {
  const [one] = processes as [Process, Process];
  const line = 'nvgw_snapshot_refresh_total{trigger="notify",result="ok"}';
  const before = await count(one, line);
  for (let n = 0; n < 60; n++) await admin.pool('admin').query("UPDATE tenants SET name = name || 'x'");
  await suspend();
  await until(() => seesIt(one));
  expect((await count(one, line)) - before).toBeLessThan(60);
});

test('a row that did not change stays the same object, and one that is gone is gone', async () => {
  const { tenants } = processes[0]!;
  const before = tenants.application('client-1')!;
  await admin.pool('admin').query("UPDATE subscriptions SET status = 'suspended'");
  await until(() => !tenants.mayUse(before.id, 'authorization_code'));
  expect(tenants.application('client-1')).toBe(before);
  await admin.pool('admin').query('DELETE FROM subscriptions');
  await admin.pool('admin').query('DELETE FROM applications');
  await until(() => tenants.application('client-1') === undefined);
});

test("a subscription's limits follow its plan", async () => {
  const { tenants } = processes[0]!;
  const id = '0192f0c0-0000-7000-8000-00000000000e';
  const sql = (text: string) => admin.pool('admin').query(text);
  await sql(`INSERT INTO plans (id, key, name, limits) VALUES ('${id}', 'p', 'P', '{"perDay": 1}')`);
  await sql(`UPDATE subscriptions SET plan_id = '${id}'`);
  const perDay = () =>
    tenants.subscriptionFor(tenants.application('client-1')!.id, 'dpv:FraudPreventionAndDetection', [])
      ?.limits.perDay;
  await until(() => perDay() === 1);
  await sql(`UPDATE plans SET limits = '{"perDay": 2}'`);
  await until(() => perDay() === 2);
});
