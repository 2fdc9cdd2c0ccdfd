import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insertTenants } from '../../test/support/many-tenants.js';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { Secret } from '../contract/secret.js';
import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tenants } from './tenants.js';

const COUNT = 10_000;
/** The goal is 2 s and 20 ms, printed below; what fails is a load that stops the world, whatever else the machine does. */
const LOAD_MS = 20_000;
const STALL_MS = 400;

const logger = createLogger('silent');
let place: TestDatabase;
let database: Database;
let dataDir: string;
let kept: LastKnownGood;

beforeAll(async () => {
  place = await createTestDatabase();
  database = await Database.open({ url: place.url, entities: [], logger });
  dataDir = await mkdtemp(join(tmpdir(), 'nvgw-many-'));
  kept = new LastKnownGood(dataDir, [new Secret(Buffer.alloc(32, 7).toString('base64'))], logger);
  await insertTenants(database.pool('admin'), COUNT);
}, 120_000);

afterAll(async () => {
  await kept.close();
  await database.close();
  await place.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/**
 * @returns how long the work took, and the longest turn of the event loop meanwhile, in time of this thread: what
 *   other processes take of a busy machine does not count
 */
async function measured(work: () => Promise<unknown>): Promise<{ tookMs: number; stallMs: number }> {
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [longest, last, going] = [0, cpuMs(), true];
  const turn = (): void => {
    const now = cpuMs();
    [longest, last] = [Math.max(longest, now - last), now];
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const began = performance.now();
  await work();
  going = false;
  return { tookMs: Math.round(performance.now() - began), stallMs: Math.round(longest) };
}

test('ten thousand tenants load in seconds while calls go on', async () => {
  const tenants = new Tenants(database, new Metrics(), logger);
  const first = await measured(() => tenants.load());
  await database.pool('admin').query("UPDATE tenants SET status = 'suspended' WHERE key = 't-7'");
  const again = await measured(() => tenants.load());
  process.stdout.write(`load: ${JSON.stringify({ first, again })}\n`);
  expect(tenants.application(`client-${2 * COUNT}`)?.name).toBe(`Application ${2 * COUNT}`);
  expect(tenants.credential(`look-up-${COUNT}`)?.hash).toHaveLength(32);
  expect(tenants.application('client-14')).toBeUndefined();
  expect(Math.max(first.tookMs, again.tookMs)).toBeLessThan(LOAD_MS);
  expect(Math.max(first.stallMs, again.stallMs)).toBeLessThan(STALL_MS);
});

test('their copy is written and taken back while calls go on, and says the same', async () => {
  const tenants = new Tenants(database, new Metrics(), logger, kept);
  await tenants.load();
  const written = await measured(() => kept.close());
  const { size } = await stat(join(dataDir, 'last-known-good', 'tenants'));
  const other = new Tenants(database, new Metrics(), logger, kept);
  let found = false;
  const taken = await measured(async () => {
    found = await other.recall();
  });
  process.stdout.write(`copy of ${Math.round(size / 1e6)} MB: ${JSON.stringify({ written, taken })}\n`);
  expect(found).toBe(true);
  expect(other.application('client-77')).toEqual(tenants.application('client-77'));
  expect(other.credential('look-up-77')).toEqual(tenants.credential('look-up-77'));
  expect(taken.tookMs).toBeLessThan(LOAD_MS);
  expect(Math.max(written.stallMs, taken.stallMs)).toBeLessThan(STALL_MS);
});
