import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../src/database/database.js';
import { runMigrations } from '../src/database/migrations.js';
import { createLogger } from '../src/telemetry/logger.js';
import { tenantEntities } from '../src/tenants/entities.js';
import { seedTenant } from '../src/tenants/seed.js';
import { GatewayProcess } from './support/gateway-process.js';
import { OwnPostgres } from './support/own-postgres.js';

jest.setTimeout(120_000);

const logger = createLogger('silent');
const KEY = Buffer.alloc(32, 5).toString('base64');
const COPIES = new Set(['keys', 'routing', 'tenants']);

let postgres: OwnPostgres;
let dataDir: string;
const started: GatewayProcess[] = [];

beforeAll(async () => {
  postgres = await OwnPostgres.create();
  await postgres.start();
  await runMigrations(postgres.url);
  const database = await Database.open({ url: postgres.url, entities: tenantEntities, logger });
  await seedTenant(database, {
    clientId: 'client-1',
    jwks: { keys: [] },
    redirectUris: ['https://asp.example/callback'],
    operatorIds: [],
  });
  await database.close();
});
afterAll(() => postgres.remove());

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'nvgw-cold-'));
});
afterEach(async () => {
  for (const gateway of started.splice(0)) await gateway.stop('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
  await postgres.start();
});

async function spawnLive(env: Record<string, string> = {}): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.spawn({
    SANDBOX: 'off',
    PUBLIC_URL: 'https://gateway.example',
    KEY_ENCRYPTION_KEY: KEY,
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    DRAIN_SECONDS: '0',
    ...env,
  });
  started.push(gateway);
  return gateway;
}

const copies = () => readdir(join(dataDir, 'last-known-good')).catch(() => []);

/** One start with the server, so that there are copies. */
async function leaveCopies(): Promise<void> {
  const gateway = await spawnLive();
  await gateway.untilReady();
  expect(await gateway.stop()).toBe(0);
  expect(new Set(await copies())).toEqual(COPIES);
}

/** Whether it knows the application: only then it sends anybody back to its redirect URI, if with an error. */
async function knowsApplication({ url }: GatewayProcess): Promise<boolean> {
  const ask = new URLSearchParams({
    client_id: 'client-1',
    redirect_uri: 'https://asp.example/callback',
    response_type: 'code',
    scope: 'openid',
    state: 'state-1',
  });
  const answer = await fetch(`${url}/authorize?${ask.toString()}`, { redirect: 'manual' });
  return answer.headers.get('location')?.startsWith('https://asp.example/callback?') ?? false;
}

test('D01: with copies the gateway is ready within seconds while Postgres is away, and takes it up when it comes', async () => {
  await leaveCopies();
  await postgres.stop();
  const gateway = await spawnLive();
  await gateway.until(async () => (await gateway.probe('/livez'))?.status === 200);
  const tookMs = await gateway.untilReady();
  process.stdout.write(`ready ${Math.round(tookMs)} ms after it was alive\n`);
  expect(tookMs).toBeLessThan(15_000);
  expect((await gateway.probe('/readyz'))!.body.checks['postgres']).toMatch(/^away: .*ECONNREFUSED/);
  expect(await knowsApplication(gateway)).toBe(true);
  expect((await fetch(`${gateway.url}/jwks`)).status).toBe(200);
  await postgres.start();
  await gateway.until(async () => (await gateway.probe('/readyz'))?.body.checks['postgres'] === 'up');
  expect(gateway.child.exitCode).toBeNull();
});

test('D02: without copies it is alive, not ready, says why, and is ready once Postgres comes', async () => {
  await postgres.stop();
  const gateway = await spawnLive();
  await gateway.until(
    async () => (await gateway.probe('/readyz'))?.body.checks['postgres']?.includes('ECONN') ?? false,
  );
  await sleep(2_000);
  expect((await gateway.probe('/livez'))!.status).toBe(200);
  expect((await gateway.probe('/readyz'))!).toMatchObject({ status: 503, body: { status: 'not ready' } });
  await postgres.start();
  await gateway.untilReady();
  expect(await knowsApplication(gateway)).toBe(true);
});

test('a copy that was changed is not used: the gateway waits for Postgres', async () => {
  await leaveCopies();
  const file = join(dataDir, 'last-known-good', 'tenants');
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(file, bytes);
  await postgres.stop();
  const gateway = await spawnLive();
  await gateway.until(() => gateway.output.includes('the last known good copy is ignored'));
  expect((await gateway.probe('/readyz'))!.status).toBe(503);
  await postgres.start();
  await gateway.untilReady();
});

test('told to stop while it waits for Postgres, it ends with 0 and no complaint', async () => {
  await postgres.stop();
  const gateway = await spawnLive({ LOG_LEVEL: 'silent' });
  await gateway.until(async () => (await gateway.probe('/livez'))?.status === 200);
  expect(await gateway.stop()).toBe(0);
  expect(gateway.output).toBe('');
});

test('D12: without its schema it is alive, not ready, and names the remedy', async () => {
  const other = new URL(postgres.url);
  other.pathname = '/template1';
  const gateway = await spawnLive({ DATABASE_URL: other.href });
  await gateway.until(
    async () =>
      (await gateway.probe('/readyz'))?.body.checks['postgres']?.includes('npm run migrate') ?? false,
  );
  expect((await gateway.probe('/readyz'))!.status).toBe(503);
});

test('D07: Postgres restarted five times under it, the process stays up, ready, and catches up', async () => {
  const gateway = await spawnLive();
  await gateway.untilReady();
  for (let n = 0; n < 5; n++) {
    await postgres.stop();
    expect((await gateway.probe('/readyz'))!.status).toBe(200);
    expect(await knowsApplication(gateway)).toBe(true);
    await postgres.start();
    await gateway.until(async () => (await gateway.probe('/readyz'))?.body.checks['postgres'] === 'up');
  }
  const database = await Database.open({ url: postgres.url, entities: [], logger });
  try {
    await database.pool('admin').query("UPDATE tenants SET status = 'suspended'");
    await gateway.until(async () => !(await knowsApplication(gateway)));
  } finally {
    await database.pool('admin').query("UPDATE tenants SET status = 'active'");
    await database.close();
  }
  expect(gateway.output).not.toMatch(/uncaught|unhandled|the process ends/i);
});
