import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { forgetOldTraces, slotOf } from '../src/ledger/trace-ring.js';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import { newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, tokenFor } from './support/tokens.js';
import { callbackOf } from './support/sign-in.js';

type Fields = Record<string, unknown>;

let gateway: TestGateway;
let admin: AdminClient;
let user: AdminClient;
let stranger: AdminClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
  const [{ tenant_id: tenant }] = await gateway.app
    .get(Database, { strict: false })
    .dataSource.query<[{ tenant_id: string }]>('SELECT tenant_id FROM applications LIMIT 1');
  user = await memberOf(gateway, 'User', tenant);
  stranger = await memberOf(gateway, 'User', await newTenant(admin));
});
afterAll(() => gateway?.close());

const device = () => gateway.device('camara-2.1');
const verify = (token: string, correlator: string, phoneNumber = device().phoneNumber) =>
  fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-correlator': correlator,
    },
    body: JSON.stringify({ phoneNumber }),
  });

/** Waits until as many as these are told, with the trace that what went wrong has: it is written after the answer. */
async function told(by: AdminClient, correlator: string, count = 1): Promise<Fields[]> {
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await by.get(`requests/${encodeURIComponent(correlator)}`);
    const items = (body['items'] ?? []) as Fields[];
    const settled = items.every(
      ({ trace, outcome }) => (trace ?? outcome === 'match') && outcome !== 'pending',
    );
    if (items.length >= count && settled) return items;
    await sleep(50);
  }
  throw new Error('not told');
}

describe('a call is explained to the tenant that made it', () => {
  test('what the operator refused: its status, what that was mapped to, how long each hop took', async () => {
    const correlator = randomUUID();
    const answer = await verify(await tokenFor(gateway.sandbox, device().ip), correlator, '+9909990094');
    expect(answer.status).toBe(403);
    const [item] = await told(user, correlator);
    expect(item).toMatchObject({
      dispatched: true,
      outcome: 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK',
      reason: 'NOT_MOBILE_AUTH',
      trace: {
        plane: 'data',
        operation: 'verify',
        rule: expect.stringContaining('cidr'),
        operator: device().operator,
        status: 403,
        reason: 'NOT_MOBILE_AUTH',
        blame: 'client',
        durationMs: expect.any(Number),
        ledgerMs: expect.any(Number),
        hops: [
          {
            operator: device().operator,
            dialect: 'camara-2.1',
            target: 'api',
            operation: 'verify',
            status: 403,
            mapped: 'notMobileNetwork',
            attempts: 1,
            durationMs: expect.any(Number),
          },
        ],
      },
    });
    // The rule names a network, which is no device's address.
    expect(JSON.stringify(item)).not.toContain('9909990094');
    expect(JSON.stringify(item)).not.toContain(device().ip);
    expect((await stranger.get(`requests/${correlator}`)).status).toBe(404);
    expect((await admin.get(`requests/${correlator}`)).status).toBe(200);
  });

  test('what was refused before an operator was asked, though there is no usage record of it', async () => {
    const correlator = randomUUID();
    const token = await tokenFor(gateway.sandbox, device().ip);
    expect((await verify(token, correlator, 'no number')).status).toBe(400);
    expect((await verify(token, correlator)).status).toBe(200);
    expect((await verify(token, correlator)).status).toBe(401);
    const items = await told(user, correlator, 3);
    expect(items.map(({ dispatched, outcome }) => [dispatched, outcome])).toEqual([
      [false, 'UNAUTHENTICATED'],
      [true, 'match'],
      [false, 'INVALID_ARGUMENT'],
    ]);
    expect(items[0]).toMatchObject({ trace: { detail: 'spent before, in this process', hops: [] } });
    // What went well is told by its usage record alone.
    expect(items[1]).toMatchObject({ operator: device().operator, durationMs: expect.any(Number) });
    expect(items[1]).not.toHaveProperty('trace');
    expect(items[2]).toMatchObject({ trace: { detail: 'schema' } });
  });

  test('a call of somebody who proved nothing is told to the partner alone', async () => {
    const correlator = randomUUID();
    expect((await verify('none', correlator)).status).toBe(401);
    expect(await told(admin, correlator)).toMatchObject([{ tenant: null, outcome: 'UNAUTHENTICATED' }]);
    expect((await user.get(`requests/${correlator}`)).status).toBe(404);
  });

  test('a sign-in: the rule that chose the operator, and why the operator denied it', async () => {
    const correlator = `sign-in-${randomUUID()}`;
    const { authorizeUrl } = beginSignIn(gateway.sandbox);
    const headers = { 'x-forwarded-for': device().ip, 'x-correlator': correlator };
    await fetch(authorizeUrl, { headers, redirect: 'manual' });
    const [begun] = await told(user, correlator);
    expect(begun).toMatchObject({
      dispatched: false,
      operator: device().operator,
      trace: { plane: 'auth', rule: expect.stringContaining('cidr'), status: 302 },
    });
    expect(begun).not.toHaveProperty('operation');
    const ended = `denied-${randomUUID()}`;
    const callback = await callbackOf(authorizeUrl, device().ip);
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    await fetch(callback, { headers: { ...headers, 'x-correlator': ended }, redirect: 'manual' });
    expect(await told(user, ended)).toMatchObject([
      {
        outcome: 'access_denied',
        operator: device().operator,
        trace: { flow: 'authcode', outcome: 'denied' },
      },
    ]);
  });
});

test('after a day it is forgotten, the rest is kept', async () => {
  const { dataSource } = gateway.app.get(Database, { strict: false });
  const pool = gateway.app.get(Database, { strict: false }).pool('traces');
  const now = Date.now();
  const hours = [0, 1, 23, 25, 30, 200].map((ago) => now - ago * 3_600_000);
  for (const at of hours) {
    await pool.query(
      `INSERT INTO call_traces (slot, at, correlator, trace) VALUES ($1, to_timestamp($2::float8 / 1000), 'old', '{}')`,
      [slotOf(at), at],
    );
  }
  await forgetOldTraces(pool, now);
  const kept = await dataSource.query<{ hours: string }[]>(
    `SELECT round(extract(epoch FROM to_timestamp(${now} / 1000.0) - at) / 3600) AS hours
     FROM call_traces WHERE correlator = 'old' ORDER BY at DESC`,
  );
  expect(kept.map(({ hours: ago }) => Number(ago))).toEqual([0, 1, 23]);
});
