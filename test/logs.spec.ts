import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxInfo, readSandboxInfo } from '../src/demo/sandbox-info.js';
import { GatewayProcess } from './support/gateway-process.js';
import { sendRaw } from './support/raw-http.js';
import { TestDatabase, createTestDatabase } from './support/test-database.js';
import { tokenFor } from './support/tokens.js';

jest.setTimeout(90_000);

type Line = Record<string, unknown>;

let place: TestDatabase;
let folder: string;
let gateway: GatewayProcess;
let sandbox: SandboxInfo;
let from = 0;

beforeAll(async () => {
  place = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'nvgw-logs-'));
  const env = {
    SANDBOX: 'on',
    DATABASE_URL: place.url,
    DATA_DIR: folder,
    LOG_LEVEL: 'info',
    DRAIN_SECONDS: '0',
  };
  gateway = await GatewayProcess.spawn(env);
  await gateway.untilReady();
  sandbox = readSandboxInfo(folder)!;
});
afterAll(async () => {
  await gateway?.stop('SIGKILL');
  await place?.drop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await sleep(50);
  from = gateway.output.length;
});

const lines = (since = from): Line[] =>
  gateway.output
    .slice(since)
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
const requests = (): Line[] => lines().filter(({ event }) => event === 'http.request');
/** Waits for the lines, and a moment for one too many. */
async function theRequests(count: number): Promise<Line[]> {
  await gateway.until(() => requests().length >= count);
  await sleep(50);
  return requests();
}
const verify = (token: string, correlator: string, phoneNumber: string) =>
  fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-correlator': correlator,
    },
    body: JSON.stringify({ phoneNumber }),
  });

describe('one line', () => {
  test('per call, and one per request to the operator, under one x-correlator', async () => {
    const { ip, phoneNumber, operator, dialect } = sandbox.devices.at(-1)!;
    const token = await tokenFor(sandbox, ip);
    from = gateway.output.length;
    const correlator = randomUUID();
    expect((await verify(token, correlator, phoneNumber)).status).toBe(200);
    await theRequests(1);
    const told = lines().filter((line) => line['x_correlator'] === correlator);
    expect(told).toEqual([
      expect.objectContaining({
        event: 'upstream.request',
        operator,
        dialect,
        target: 'api',
        operation: 'verify',
        status: 200,
        outcome: 'answered',
        attempt: 1,
        duration_ms: expect.any(Number),
      }),
      expect.objectContaining({
        event: 'http.request',
        plane: 'data',
        route: '/number-verification/v2/verify',
        method: 'POST',
        status: 200,
        outcome: 'match',
        tenant: expect.any(String),
        application: expect.any(String),
        operator,
        dialect,
        operation: 'verify',
        duration_ms: expect.any(Number),
        upstream_ms: expect.any(Number),
        ledger_ms: expect.any(Number),
      }),
    ]);
  });

  test.each([
    ['an unknown path', '/nothing/+99003100001', 404, 'NOT_FOUND'],
    ['a path that cannot be decoded', '/%zz', 400, 'INVALID_ARGUMENT'],
    ['a stranger at the admin API', '/admin/v1/tenants?x=99003100001', 401, 'UNAUTHENTICATED'],
    ['a stranger at the API', '/number-verification/v2/device-phone-number', 401, 'UNAUTHENTICATED'],
  ])('for %s', async (_what, path, status, code) => {
    expect((await fetch(gateway.url + path)).status).toBe(status);
    const told = await theRequests(1);
    expect(told).toEqual([expect.objectContaining({ status, code, x_correlator: expect.any(String) })]);
  });

  test('for bytes that are no request', async () => {
    const answer = await sendRaw(gateway.url, 'hello\r\n\r\n');
    const told = await theRequests(1);
    expect(told).toEqual([expect.objectContaining({ status: 400, plane: 'other' })]);
    expect(answer).toContain(`x-correlator: ${String(told[0]!['x_correlator'])}`);
  });

  test('per hop of a sign-in, each with its operator and the request made for it', async () => {
    const device = sandbox.devices[0]!;
    await tokenFor(sandbox, device.ip);
    const told = await theRequests(3);
    expect(told.map(({ plane, route, status }) => [plane, route, status])).toEqual([
      ['auth', '/authorize', 302],
      ['auth', '/upstream/:operatorId/:registrationId/callback', 302],
      ['auth', '/token', 200],
    ]);
    for (const line of told) {
      expect(line).toMatchObject({ operator: device.operator, tenant: expect.any(String) });
    }
    const hops = lines().filter(({ event, target }) => event === 'upstream.request' && target === 'token');
    expect(hops.map((hop) => hop['x_correlator'])).toContain(told[1]!['x_correlator']);
  });
});

test('an x-correlator that holds a number is answered as it came, and printed without it', async () => {
  const answer = await verify('none', 'tel:99003100001', '+99003100001');
  expect(answer.headers.get('x-correlator')).toBe('tel:99003100001');
  expect(await theRequests(1)).toMatchObject([{ x_correlator: 'tel:[number]' }]);
  const metrics = await (await fetch(`${gateway.managementUrl}/metrics`)).text();
  expect(metrics).toMatch(/nvgw_log_scrubbed_total\{kind="msisdn"\} [1-9]/);
});

test('the level is changed on the management port, for a time', async () => {
  const level = `${gateway.managementUrl}/loglevel`;
  const put = (body: string) => fetch(level, { method: 'PUT', body });
  expect(await (await put('{"level":"error","seconds":1}')).json()).toEqual({
    level: 'error',
    usual: 'info',
  });
  await fetch(`${gateway.url}/nothing`);
  await gateway.until(async () => (await (await fetch(level)).text()).includes('"level":"info"'));
  await fetch(`${gateway.url}/nothing`);
  expect(await theRequests(1)).toHaveLength(1);
  expect(lines().filter(({ event }) => event === 'log.level').length).toBeGreaterThanOrEqual(1);
  for (const wrong of [
    '',
    '{',
    '{"level":"all"}',
    '{"level":"debug","seconds":0}',
    '{"level":"debug","x":1}',
  ]) {
    expect((await put(wrong)).status).toBe(400);
  }
  expect((await fetch(level, { method: 'DELETE' })).headers.get('allow')).toBe('GET, PUT');
});

test('its start, its snapshot and its end are events', async () => {
  expect(lines(0).map(({ event }) => event)).toEqual(
    expect.arrayContaining(['snapshot.refreshed', 'gateway.started']),
  );
  expect(await gateway.stop()).toBe(0);
  expect(
    lines(0)
      .slice(-2)
      .map(({ event }) => event),
  ).toEqual(['gateway.draining', 'gateway.stopped']);
});
