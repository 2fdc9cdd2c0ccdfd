import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncProperty, assert, integer } from 'fast-check';
import { Client } from 'pg';
import { readSandboxInfo } from '../src/demo/sandbox-info.js';
import { AdminClient, clientOf } from './support/admin.js';
import { newApplication, newTenant, onceOnly } from './support/admin-rig.js';
import { Canaries } from './support/canaries.js';
import { CanaryFlows } from './support/canary-flows.js';
import { dumpOf } from './support/database-dump.js';
import { GatewayProcess } from './support/gateway-process.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { TestDatabase, createTestDatabase } from './support/test-database.js';

jest.setTimeout(180_000);

/** Beside those that come up by themselves: tokens, codes, states, assertions. */
const NUMBERS = 200;
const SECRETS = 50;

const canaries = new Canaries();
let place: TestDatabase;
let proxy: TcpProxy;
let folder: string;
let gateway: GatewayProcess;
let flows: CanaryFlows;
let admin: AdminClient;

beforeAll(async () => {
  place = await createTestDatabase();
  proxy = await TcpProxy.to(place.url);
  folder = await mkdtemp(join(tmpdir(), 'nvgw-canary-'));
  gateway = await GatewayProcess.spawn({
    SANDBOX: 'on',
    DATABASE_URL: proxy.url(place.url),
    DATA_DIR: folder,
    LOG_LEVEL: 'debug',
    CALL_TRACES: 'all',
    CLIENT_SECRETS: 'on',
    DRAIN_SECONDS: '0',
  });
  await gateway.untilReady();
  const sandbox = readSandboxInfo(folder)!;
  flows = new CanaryFlows(sandbox, canaries);
  admin = clientOf(gateway.url, sandbox.admin.clientId, await flows.adminToken());
});

afterAll(async () => {
  await gateway?.stop('SIGKILL');
  await proxy?.close();
  await place?.drop();
  await rm(folder, { recursive: true, force: true });
});

const lines = (): Record<string, unknown>[] =>
  gateway.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('numbers and secrets go through every flow', () => {
  test('by redirect, with every dialect: verify plain, hashed, in upper case, and share', async () => {
    for (let n = 0; n < 40; n++) {
      const device = flows.devices[n % flows.devices.length]!;
      const status = await flows.everyCall(flows.line(device), Math.floor(n / flows.devices.length));
      expect([200, 422]).toContain(status);
    }
  });

  test('by CIBA and by assertion, where the operator has them', async () => {
    for (const device of flows.devices) {
      for (const flow of device.operatorTokenFlows) {
        const line = flows.line(device);
        const token = await (flow === 'ciba' ? flows.byCiba(line) : flows.byAssertion(line));
        const { phoneNumber } = line;
        expect((await flows.verify(token, { phoneNumber })).status).toBe(200);
        expect((await flows.verify(token, { phoneNumber })).status).toBe(401);
      }
    }
  });

  test('what callers and sign-ins get wrong', async () => {
    for (const device of flows.devices) {
      const statuses = [
        ...(await flows.errors(flows.line(device))),
        ...(await flows.refusals(flows.line(device))),
      ];
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      expect(statuses.filter((status) => status >= 400).length).toBeGreaterThan(15);
    }
  });

  test('what operators answer with, of every kind', async () => {
    for (const device of flows.devices) {
      const rows = Array.from({ length: 10 }, async (_, row) => {
        const phoneNumber = canaries.number(`+990999${randomInt(10, 100)}9${row}`);
        const token = await flows.byRedirect(flows.line(device));
        return (await flows.verify(token, { phoneNumber })).status;
      });
      // How many kinds it were depends on when the circuit opens.
      expect((await Promise.all(rows)).filter((status) => status >= 400).length).toBeGreaterThan(2);
    }
  });

  test('numbers and secrets without end, from callers whom nobody knows', async () => {
    while (canaries.counts.numbers < NUMBERS || canaries.counts.secrets < SECRETS) {
      const { status } = await flows.verify(canaries.secret(), { phoneNumber: flows.stranger() });
      expect(status).toBe(401);
    }
  });

  test('the admin API: credentials, twice by one key, routes, look-ups, exports', async () => {
    const tenant = await newTenant(admin);
    const application = await newApplication(admin, tenant);
    const once = onceOnly();
    const credential = await admin.post(`applications/${application}/credentials`, { mode: 'test' }, once);
    expect(credential.status).toBe(201);
    canaries.secret(String(credential.body['secret']));
    const again = await admin.post(`applications/${application}/credentials`, { mode: 'test' }, once);
    expect(JSON.stringify(again.body)).not.toContain(String(credential.body['secret']));
    const { ip, phoneNumber } = flows.line(flows.devices[0]!);
    expect((await admin.post('routes/explain', { ip, phoneNumber })).status).toBe(200);
    expect((await admin.post('routes/explain', { ip, phoneNumber, token: canaries.secret() })).status).toBe(
      400,
    );
    expect((await admin.get(`tenants?name=${canaries.secret()}&msisdn=${phoneNumber}`)).status).toBe(400);
    expect((await admin.get(`requests/${phoneNumber.slice(1)}`)).status).toBe(404);
    const strange = clientOf(gateway.url, 'nobody', canaries.secret());
    expect((await strange.get('tenants')).status).toBe(401);
    const today = new Date().toISOString().slice(0, 10);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const range = `from=${today}T00:00:00Z&to=${tomorrow}T00:00:00Z`;
    for (const format of ['csv', 'ndjson']) {
      const { status, body } = await admin.get(`usage/export?${range}&format=${format}`);
      expect([status, canaries.in(`usage.${format}`, String(body['text']))]).toEqual([200, []]);
    }
  });

  test('calls while Postgres is away, into the journal', async () => {
    const healthy = async (): Promise<boolean> => {
      const line = flows.line(flows.devices[0]!);
      const token = await flows.byRedirect(line);
      return (await flows.verify(token, { phoneNumber: line.phoneNumber })).status === 200;
    };
    // The errors of before may have opened its circuit.
    await gateway.until(healthy);
    const calls = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const line = flows.line(flows.devices[0]!);
        return { line, token: await flows.byRedirect(line) };
      }),
    );
    proxy.set('cut');
    const statuses = await Promise.all(
      calls.map(
        async ({ line, token }) => (await flows.verify(token, { phoneNumber: line.phoneNumber })).status,
      ),
    );
    expect(statuses).toContain(200);
    const { finds, files } = await canaries.inFolder(join(folder, 'journal'));
    expect([finds, files > 0]).toEqual([[], true]);
    proxy.set('whole');
    await gateway.until(() =>
      lines().some(({ event, mode }) => event === 'ledger.mode' && mode === 'postgres'),
    );
  });
});

describe('afterwards', () => {
  test('there were enough of them, and each request has its line', () => {
    expect(canaries.counts.numbers).toBeGreaterThanOrEqual(NUMBERS);
    expect(canaries.counts.secrets).toBeGreaterThanOrEqual(SECRETS);
    const events = lines().map(({ event }) => event);
    expect(events.filter((event) => event === 'http.request').length).toBeGreaterThan(NUMBERS);
    expect(events.filter((event) => event === 'upstream.request').length).toBeGreaterThan(100);
  });

  test('none is in what the process wrote, not seven digits of random numbers either', async () => {
    expect(canaries.in('stdout and stderr', gateway.output)).toEqual([]);
    await assert(
      asyncProperty(integer({ min: 1_000_000, max: 999_999_999 }), async (tail) => {
        const phoneNumber = `+4479${tail}`;
        const before = gateway.output.length;
        const { status } = await flows.verify(
          'none',
          { phoneNumber },
          { 'x-correlator': `tel:${phoneNumber.slice(1)}` },
        );
        expect(status).toBe(401);
        await gateway.until(() => gateway.output.slice(before).includes('http.request'));
        const runs = gateway.output.slice(before).match(/\d{7,}/g) ?? [];
        expect(runs.filter((run) => phoneNumber.includes(run.slice(0, 7)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('none is in the metrics, nor in any file of its folder', async () => {
    const metrics = await (await fetch(`${gateway.managementUrl}/metrics`)).text();
    expect(metrics).toContain('nvgw_http_requests');
    expect(canaries.in('/metrics', metrics)).toEqual([]);
    const { finds, files } = await canaries.inFolder(folder);
    expect(finds).toEqual([]);
    expect(files).toBeGreaterThan(0);
  });

  test('none is in the database, in no table and no spelling', async () => {
    const { by, text, tables } = await dumpOf(place.url);
    process.stdout.write(
      `canaries sought in ${tables} tables, dumped by: ${by}; ${JSON.stringify(canaries.counts)}\n`,
    );
    expect(text).toContain('usage_ledger');
    expect(text).toContain('call_traces');
    expect(canaries.in('database', text)).toEqual([]);
  });

  test('the same search finds what was planted', async () => {
    const planted = canaries.number('+447911123456');
    const file = join(folder, 'planted');
    await appendFile(file, `x${planted.slice(1)}y`);
    expect((await canaries.inFolder(folder)).finds).toContainEqual(
      expect.objectContaining({ canary: planted, place: file }),
    );
    const client = new Client({ connectionString: place.url });
    await client.connect();
    const digest = `SELECT sha256('${planted}')`;
    await client.query(`CREATE TABLE planted AS ${digest} AS hash, '{"n":"${planted}"}'::jsonb AS body`);
    await client.end();
    const { text } = await dumpOf(place.url);
    const spellings = canaries.in('database', text).map(({ spelling }) => spelling);
    expect(spellings).toEqual(expect.arrayContaining(['as it is', 'SHA-256, hex']));
  });
});
