import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { AdminClient, adminOf, adminToken, memberOf } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { insertUsage, query } from './support/usage-rows.js';

const DAY = '2026-03-10';
const RANGE = 'from=2026-03-10&to=2026-03-12';
const FORMULA = '=cmd()|"calc", x';
const at = (time: string, day = DAY): Date => new Date(`${day}T${time}Z`);

let gateway: TestGateway;
let admin: AdminClient;
let one: string;
let other: string;
let theirs: AdminClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
  const made = async (name: string): Promise<string> =>
    (await admin.post('tenants', { name })).body['id'] as string;
  one = await made(FORMULA);
  other = await made('Other');
  theirs = await memberOf(gateway, 'BusinessManager', one);
  const failed = { result: 'UPSTREAM_TIMEOUT', httpStatus: 504, blame: 'operator' };
  const lost = { result: null, httpStatus: null };
  await insertUsage(gateway, { tenantId: one, startedAt: at('00:00:00') }, 3);
  await insertUsage(gateway, { tenantId: one, startedAt: at('10:00:00'), result: 'NO_MATCH' }, 2);
  await insertUsage(gateway, { tenantId: one, startedAt: at('10:30:00'), ...failed });
  await insertUsage(gateway, { tenantId: one, startedAt: at('11:00:00'), ...lost });
  const shared = { operation: 'share', operator: 'operator-b', result: 'NUMBER' } as const;
  await insertUsage(gateway, { tenantId: other, startedAt: at('23:59:59', '2026-03-11'), ...shared }, 4);
  // Outside of the range: the day before, and its end itself.
  await insertUsage(gateway, { tenantId: one, startedAt: at('23:59:59', '2026-03-09') });
  await insertUsage(gateway, { tenantId: one, startedAt: at('00:00:00', '2026-03-12') });
});
afterAll(() => gateway?.close());

describe('sums', () => {
  test('count calls and what is billable, from inclusive, to exclusive, without those of nobody’s range', async () => {
    const { status, body } = await admin.get(`usage?${RANGE}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: '2026-03-10T00:00:00.000Z',
      to: '2026-03-12T00:00:00.000Z',
      totals: { calls: 11, billable: 9 },
      items: [{ calls: 11, billable: 9 }],
      pending: 0,
      unknown: 1,
    });
    expect(Math.abs(Date.parse(body['asOf'] as string) - Date.now())).toBeLessThan(60_000);
  });

  test('are grouped by what is asked for, outcomes in the words of the API', async () => {
    const { body } = await admin.get(`usage?${RANGE}&groupBy=day,operator,outcome`);
    expect(body['items']).toEqual([
      { day: DAY, operator: 'operator-a', outcome: 'TIMEOUT', calls: 1, billable: 0 },
      { day: DAY, operator: 'operator-a', outcome: 'match', calls: 3, billable: 3 },
      { day: DAY, operator: 'operator-a', outcome: 'no_match', calls: 2, billable: 2 },
      { day: DAY, operator: 'operator-a', outcome: 'unknown', calls: 1, billable: 0 },
      { day: '2026-03-11', operator: 'operator-b', outcome: 'shared', calls: 4, billable: 4 },
    ]);
    const all = 'month,hour,tenant,application,operation,purpose';
    const { body: fine } = await admin.get(`usage?${RANGE}&groupBy=${all}&tenant=${other}`);
    expect(fine['items']).toEqual([
      {
        month: '2026-03',
        hour: '2026-03-11T23:00:00Z',
        tenant: other,
        application: expect.any(String),
        operation: 'share',
        purpose: 'dpv:FraudPreventionAndDetection',
        calls: 4,
        billable: 4,
      },
    ]);
  });

  test('are of calls that pass every filter', async () => {
    const calls = async (filter: string): Promise<unknown> =>
      ((await admin.get(`usage?${RANGE}&${filter}`)).body['totals'] as { calls: number }).calls;
    expect(await calls('outcome=match,no_match')).toBe(5);
    expect(await calls('outcome=match,shared&operation=share')).toBe(4);
    expect(await calls('operator=operator-b,operator-c')).toBe(4);
    expect(await calls(`tenant=${one},${other}&outcome=unknown`)).toBe(1);
    expect(await calls(`tenant=${randomUUID()}`)).toBe(0);
  });

  test('tell a call that is under way from one whose outcome nobody will write any more', async () => {
    const tenantId = randomUUID();
    const open = { tenantId, result: null, httpStatus: null };
    await insertUsage(gateway, { ...open, startedAt: new Date(Date.now() - 1_000) });
    await insertUsage(gateway, { ...open, startedAt: new Date(Date.now() - 120_000) });
    const { body } = await admin.get(`usage?tenant=${tenantId}&groupBy=outcome`);
    expect(body).toMatchObject({ pending: 1, unknown: 1, totals: { calls: 2, billable: 0 } });
    expect(body['items']).toMatchObject([{ outcome: 'pending' }, { outcome: 'unknown' }]);
  });

  test('show a tenant’s people their own calls alone, whatever they ask for', async () => {
    expect((await theirs.get(`usage?${RANGE}`)).body['totals']).toEqual({ calls: 7, billable: 5 });
    expect((await theirs.get(`usage?${RANGE}&tenant=${other}`)).body['totals']).toEqual({
      calls: 0,
      billable: 0,
    });
    const records = (await theirs.get(`usage/records?${RANGE}`)).body['items'] as { tenantId: string }[];
    expect(new Set(records.map(({ tenantId }) => tenantId))).toEqual(new Set([one]));
    const text = (await theirs.get(`usage/export?${RANGE}&format=ndjson`)).body['text'] as string;
    expect(text).toContain(one);
    expect(text).not.toContain(other);
  });
});

describe('bad input', () => {
  test.each([
    ['usage?groupBy=day,number', 'query.groupBy.1'],
    ['usage?groupBy=', 'query.groupBy'],
    ['usage?from=2026-03-12&to=2026-03-10', 'query.from'],
    ['usage?from=2026-03-10&to=2026-03-10', 'query.from'],
    ['usage?from=2025-01-01&to=2026-03-10', 'query.from'],
    ['usage?from=yesterday', 'query.from'],
    ['usage?from=2026-02-30', 'query.from'],
    ['usage?form=2026-03-10', 'query.form'],
    ['usage?outcome=MATCH', 'query.outcome.0'],
    ['usage?operation=delete', 'query.operation.0'],
    ['usage?tenant=1%20OR%201=1', 'query.tenant.0'],
    ['usage/records?perPage=1000000000', 'query.perPage'],
    ['usage/records?limit=1000000000', 'query.limit'],
    ['usage/records?limit=0', 'query.limit'],
    ['usage/records?cursor=abc', 'query.cursor'],
    ['usage/export?format=xlsx', 'query.format'],
    ['audit-events?perPage=1000000000', 'query.perPage'],
    ['audit-events?limit=1001', 'query.limit'],
    ['audit-events?cursor=bm9uZQ', 'query.cursor'],
    ['audit-events?from=2026-03-12&to=2026-03-10', 'query.from'],
  ])('%s is refused by its place', async (path, location) => {
    const { status, body } = await admin.get(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'INVALID_ARGUMENT', details: [{ location }] });
  });

  test.each([
    ['usage', 'User'],
    ['usage/records', 'User'],
    ['usage/export', 'Administrator'],
    ['audit-events/export', 'User'],
  ] as const)('%s is not for a %s', async (path, role) => {
    const caller = await memberOf(gateway, role, one);
    expect((await caller.get(path)).body['code']).toBe('PERMISSION_DENIED');
  });
});

describe('records', () => {
  test('are walked by the cursor without a gap and without one twice', async () => {
    const tenantId = randomUUID();
    await insertUsage(gateway, { tenantId, startedAt: at('23:59:59.950', '2026-04-01') }, 103);
    // All at one moment: the id alone tells them apart.
    for (let i = 0; i < 5; i++)
      await insertUsage(gateway, { tenantId, startedAt: at('12:00:00', '2026-04-02') });
    const seen: { id: string; startedAt: string }[] = [];
    let cursor = '';
    do {
      const { body } = await admin.get(
        `usage/records?from=2026-04-01&to=2026-05-01&tenant=${tenantId}&limit=4${cursor}`,
      );
      seen.push(...(body['items'] as typeof seen));
      cursor = body['nextCursor'] === undefined ? '' : `&cursor=${body['nextCursor'] as string}`;
    } while (cursor !== '');
    expect(seen).toHaveLength(108);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(108);
    expect(seen.map(({ startedAt }) => startedAt)).toEqual(seen.map(({ startedAt }) => startedAt).toSorted());
  });
});

describe('an export', () => {
  const exported = async (format: string): Promise<{ text: string; headers: Headers }> => {
    const { status, headers, body } = await admin.get(`usage/export?${RANGE}&format=${format}`);
    expect(status).toBe(200);
    return { headers, text: body['text'] as string };
  };

  test('as CSV has one header, lines as RFC 4180 wants them, and no formula', async () => {
    const { headers, text } = await exported('csv');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe('attachment; filename="usage-2026-03-10-2026-03-12.csv"');
    const lines = text.split('\r\n');
    expect(lines).toHaveLength(1 + 11 + 1);
    expect(lines[0]).toBe(
      'id,startedAt,durationMs,tenantId,tenantName,applicationId,applicationName,subscriptionId,registrationId,' +
        'operator,operation,apiVersion,purpose,outcome,reason,httpStatus,blame,billable,correlator,settledAt',
    );
    expect(lines[1]).toContain(`,${one},"'=cmd()|""calc"", x",`);
    expect(lines[1]).toContain(',match,,200,,true,');
    expect(text).not.toMatch(/(^|,|")=cmd/m);
  });

  test('as NDJSON has one object a line', async () => {
    const { headers, text } = await exported('ndjson');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(records).toHaveLength(11);
    expect(records[5]).toMatchObject({ outcome: 'TIMEOUT', reason: 'UPSTREAM_TIMEOUT', blame: 'operator' });
  });

  test('of nothing is a header', async () => {
    const { body } = await admin.get('usage/export?from=2020-01-01&to=2020-01-02');
    expect((body['text'] as string).trimEnd().split('\r\n')).toHaveLength(1);
  });

  test('is on record before its first byte', async () => {
    const since = new Date().toISOString();
    await exported('csv');
    const { body } = await admin.get(
      `audit-events?action=usage.export&actor=${admin.memberId}&from=${since}`,
    );
    expect(body['items']).toMatchObject([
      { resource: { type: 'usage', id: 'all' }, after: { format: 'csv', from: '2026-03-10T00:00:00.000Z' } },
    ]);
  });
});

describe('an export of 50,000 rows', () => {
  const path = 'usage/export?from=2026-06-01&to=2026-06-03&format=ndjson';
  const busy = (): number => {
    const { totalCount, idleCount } = gateway.app.get(Database, { strict: false }).pool('reports');
    return totalCount - idleCount;
  };
  let authorization: string;

  beforeAll(async () => {
    await insertUsage(gateway, { tenantId: other, startedAt: at('12:00:00', '2026-06-01') }, 50_000);
    const [member] = await query<{ client_id: string }>(
      gateway,
      'SELECT client_id FROM members WHERE id = $1',
      [admin.memberId],
    );
    authorization = `Bearer ${await adminToken(gateway, admin.memberId, member!.client_id)}`;
  }, 60_000);

  test('is complete', async () => {
    const answer = await fetch(`${gateway.url}/admin/v1/${path}`, { headers: { authorization } });
    let lines = 0;
    let bytes = 0;
    for await (const chunk of answer.body!) {
      bytes += chunk.byteLength;
      lines += Buffer.from(chunk).toString('latin1').split('\n').length - 1;
    }
    expect(lines).toBe(50_000);
    expect(bytes).toBeGreaterThan(20_000_000);
  });

  test('waits for a client that does not read, and ends with its disconnect', async () => {
    const leave = new AbortController();
    const answer = await fetch(`${gateway.url}/admin/v1/${path}`, {
      headers: { authorization },
      signal: leave.signal,
    });
    await answer.body!.getReader().read();
    await delay(500);
    // The cursor is still open: most of the rows were never asked for.
    expect(busy()).toBe(1);
    const [open] = await query<{ state: string }>(
      gateway,
      `SELECT state FROM pg_stat_activity WHERE application_name = 'gateway-reports'
         AND datname = current_database() AND state <> 'idle'`,
    );
    expect(open!.state).toBe('idle in transaction');
    leave.abort();
    for (let tries = 0; busy() > 0 && tries < 100; tries++) await delay(50);
    expect(busy()).toBe(0);
  });
});

describe('a look-up by x-correlator', () => {
  const find = (caller: AdminClient, correlator: string) =>
    caller.get(`requests/${encodeURIComponent(correlator)}`);

  test('finds every call, the newest first, with what support needs and no number', async () => {
    const correlator = `a/b:{${'x'.repeat(240)}};<1>`;
    const device = gateway.sandbox.devices[0]!;
    await insertUsage(gateway, { tenantId: one, correlator, operator: 'gone', startedAt: at('08:00:00') });
    await insertUsage(gateway, {
      tenantId: one,
      correlator,
      operator: device.operator,
      startedAt: at('09:00:00'),
      result: 'REAUTH_REQUIRED',
      httpStatus: 403,
      blame: 'client',
    });
    const { status, body } = await find(admin, correlator);
    expect(status).toBe(200);
    const items = body['items'] as Record<string, unknown>[];
    expect(items).toMatchObject([
      {
        operation: 'verify',
        operator: device.operator,
        dialect: device.dialect,
        outcome: 'PERMISSION_DENIED',
        reason: 'REAUTH_REQUIRED',
        blame: 'client',
        httpStatus: 403,
        durationMs: 12,
        startedAt: '2026-03-10T09:00:00.000000Z',
        tenant: one,
      },
      { operator: 'gone', outcome: 'match', reason: null },
    ]);
    expect(items[1]).not.toHaveProperty('dialect');
    expect((await find(await memberOf(gateway, 'User', one), correlator)).status).toBe(200);
    expect((await find(await memberOf(gateway, 'User', other), correlator)).status).toBe(404);
  });

  test('shows fifty at most', async () => {
    const correlator = randomUUID();
    await insertUsage(gateway, { tenantId: one, correlator }, 60);
    expect((await find(admin, correlator)).body['items']).toHaveLength(50);
  });

  test.each(['nobody-sent-this', "' OR 1=1 --", '%', ' '])('does not find %j', async (text) => {
    expect((await find(admin, text)).status).toBe(404);
  });

  test('refuses what is longer than any', async () => {
    expect((await find(admin, 'x'.repeat(257))).status).toBe(400);
    expect((await find(admin, 'x'.repeat(256))).status).toBe(404);
  });
});
