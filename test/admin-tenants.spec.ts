import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { AdminClient, adminOf, adminToken, clientOf, memberOf } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;
let admin: AdminClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
});
afterAll(() => gateway.close());

const tenantId = async (name = 'A bank'): Promise<string> =>
  (await admin.post('tenants', { name })).body['id'] as string;

describe('a tenant', () => {
  test('is created with Location and ETag, read, changed by a merge-patch, and gone when deleted', async () => {
    const created = await admin.post('tenants', {
      key: `bank-${randomUUID()}`,
      name: 'First Bank',
      engagedParty: { taxNumber: 'ES-B1', contactMedium: [{ name: 'Desk', email: 'desk@bank.example' }] },
      limits: { ratePerSecond: 50, burst: 100, perMonth: 100_000 },
    });
    expect(created.status).toBe(201);
    expect(created.etag).toBe('"1"');
    const path = created.headers.get('location')!.replace('/admin/v1/', '');
    expect((await admin.get(path)).body).toEqual(created.body);
    const patched = await admin.change('PATCH', path, { description: 'Retail', limits: { burst: null } });
    expect(patched.body).toMatchObject({
      version: 2,
      description: 'Retail',
      limits: { ratePerSecond: 50, perMonth: 100_000 },
    });
    expect(patched.body['limits']).not.toHaveProperty('burst');
    expect((await admin.change('DELETE', path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
  });

  test('is not changed without If-Match, with a stale one, or by what is not its ETag', async () => {
    const path = `tenants/${await tenantId()}`;
    expect((await admin.send('PATCH', path, { name: 'x' })).status).toBe(428);
    expect((await admin.send('PATCH', path, { name: 'x' }, { 'if-match': '"7"' })).body).toMatchObject({
      status: 412,
      code: 'FAILED_PRECONDITION',
    });
    expect((await admin.send('PATCH', path, { name: 'x' }, { 'if-match': '*' })).status).toBe(400);
    expect((await admin.get(path)).body['name']).toBe('A bank');
  });

  test('is suspended once, and resumed', async () => {
    const path = `tenants/${await tenantId()}`;
    expect((await admin.change('POST', `${path}/suspend`, undefined, path)).body['status']).toBe('suspended');
    expect((await admin.change('POST', `${path}/suspend`, undefined, path)).body['code']).toBe(
      'INCOMPATIBLE_STATE',
    );
    expect((await admin.change('POST', `${path}/resume`, undefined, path)).body['status']).toBe('active');
  });

  test('is answered with 304 to whoever has it', async () => {
    const path = `tenants/${await tenantId()}`;
    const { etag } = await admin.get(path);
    expect((await admin.get(path, { 'if-none-match': etag })).status).toBe(304);
  });
});

describe('bad input', () => {
  test.each([
    ['an unknown property', { name: 'x', status: 'active' }, 'body.status'],
    ['a nested one', { name: 'x', limits: { perYear: 1 } }, 'body.limits.perYear'],
    ['a missing name', {}, 'body.name'],
    ['control characters', { name: 'a\r\nb' }, 'body.name'],
    ['a limit of zero', { name: 'x', limits: { perDay: 0 } }, 'body.limits.perDay'],
  ])('%s is named by its path', async (_, body, location) => {
    const { status, body: answer } = await admin.post('tenants', body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ code: 'INVALID_ARGUMENT', details: [{ location }] });
  });

  test.each([
    'perPage=101',
    'perPage=1e9',
    'page=0',
    'orderBy=password',
    'nmae=x',
    'createdAt.gte=yesterday',
  ])('a list refuses %s', async (query) => {
    expect((await admin.get(`tenants?${query}`)).status).toBe(400);
  });

  test('an id that is none is nobody’s, and so is another’s', async () => {
    expect((await admin.get('tenants/1%27%20OR%201=1')).status).toBe(404);
    expect((await admin.get(`tenants/${randomUUID()}`)).status).toBe(404);
  });

  test('a second tenant of the same key is refused', async () => {
    const key = `twice-${randomUUID()}`;
    await admin.post('tenants', { key, name: 'x' });
    expect((await admin.post('tenants', { key, name: 'x' })).body['code']).toBe('ALREADY_EXISTS');
  });
});

describe('lists', () => {
  test('page, sort, filter and link, and a page beyond the end is empty', async () => {
    const tag = randomUUID();
    for (const name of ['c', 'a', 'b']) await admin.post('tenants', { name, tags: [tag, `only-${name}`] });
    const first = await admin.get(`tenants?tags=${tag}&orderBy=name&perPage=2`);
    expect(first.body).toMatchObject({
      items: [{ name: 'a' }, { name: 'b' }],
      pagination: { page: 1, perPage: 2, totalCount: 3, totalPages: 2 },
    });
    expect(first.headers.get('x-total-count')).toBe('3');
    expect(first.headers.get('link')).toContain('page=2>; rel="next"');
    const names = async (query: string) =>
      ((await admin.get(`tenants?${query}`)).body['items'] as { name: string }[]).map(({ name }) => name);
    expect(await names(`tags=${tag}&orderBy=name&page=2&perPage=2`)).toEqual(['c']);
    expect(await names(`tags=${tag}&page=9`)).toEqual([]);
    expect(await names(`tags=${tag}&tags=only-a,only-b&orderBy=name&order=desc`)).toEqual(['b', 'a']);
    expect(await names(`tags=${tag}&name=a,c&orderBy=name`)).toEqual(['a', 'c']);
    expect(await names(`tags=${tag}&createdAt.lt=2020-01-01T00:00:00Z`)).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  test('makes one of two equal requests, and refuses it for another', async () => {
    const key = { 'idempotency-key': `"${randomUUID()}"` };
    const name = randomUUID();
    const first = await admin.post('tenants', { name }, key);
    const second = await admin.post('tenants', { name }, key);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await admin.post('tenants', { name: 'other' }, key)).body['code']).toBe('IDEMPOTENCY_KEY_REUSED');
    const { body } = await admin.get(`tenants?name=${name}`);
    expect(body['pagination']).toMatchObject({ totalCount: 1 });
  });

  test('makes one of ten equal requests at once', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const name = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.post('tenants', { name }, key)));
    for (const { status } of answers) expect([201, 409]).toContain(status);
    const { body } = await admin.get(`tenants?name=${name}`);
    expect(body['pagination']).toMatchObject({ totalCount: 1 });
  });
});

describe('who may', () => {
  test('a stranger learns nothing but 401', async () => {
    const answer = await fetch(`${gateway.url}/admin/v1/tenants/${randomUUID()}`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      message: expect.any(String),
    });
  });

  test('a tenant’s people see their own tenant, and of another one nothing', async () => {
    const [own, other] = [await tenantId('Own'), await tenantId('Other')];
    const theirs = await memberOf(gateway, 'Administrator', own);
    expect((await theirs.get(`tenants/${own}`)).body['name']).toBe('Own');
    expect((await theirs.get(`tenants/${other}`)).status).toBe(404);
    expect((await theirs.get('tenants')).body['pagination']).toMatchObject({ totalCount: 1 });
    expect((await theirs.post('tenants', { name: 'x' })).body['code']).toBe('PERMISSION_DENIED');
  });

  test('a token for reading changes nothing', async () => {
    const { body } = await admin.get('me');
    const database = gateway.app.get(Database, { strict: false });
    const [row] = await database.dataSource.query<{ client_id: string }[]>(
      'SELECT client_id FROM members WHERE id = $1',
      [body['id']],
    );
    const token = await adminToken(gateway, admin.memberId, row!.client_id, 'admin:read');
    const reader = clientOf(gateway.url, admin.memberId, token);
    expect((await reader.get('tenants')).status).toBe(200);
    expect((await reader.post('tenants', { name: 'x' })).status).toBe(403);
  });
});

describe('the audit log', () => {
  test('has one row per change, with what changed, in the same transaction', async () => {
    const path = `tenants/${await tenantId('Before')}`;
    await admin.change('PATCH', path, { name: 'After' });
    await admin.send('PATCH', path, { name: 'Never' }, { 'if-match': '"99"' });
    const { dataSource } = gateway.app.get(Database, { strict: false });
    const rows = await dataSource.query<Record<string, unknown>[]>(
      `SELECT action, before, after, actor ->> 'id' AS actor FROM audit_events
       WHERE resource ->> 'id' = $1 ORDER BY seq`,
      [path.split('/')[1]],
    );
    expect(rows).toMatchObject([
      { action: 'tenant.create', before: null, actor: admin.memberId },
      { action: 'tenant.update', before: { name: 'Before' }, after: { name: 'After' } },
    ]);
  });

  test('cannot be changed, not even by the role of the admin API', async () => {
    const { dataSource } = gateway.app.get(Database, { strict: false });
    await expect(dataSource.query("UPDATE audit_events SET action = 'x'")).rejects.toThrow(/never changed/);
    await expect(
      dataSource.transaction(async (manager) => {
        await manager.query('SET LOCAL ROLE nv_admin_api');
        await manager.query('DELETE FROM audit_events');
      }),
    ).rejects.toThrow(/permission denied/);
  });
});
