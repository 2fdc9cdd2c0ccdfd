import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, locations, newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

const CREATE = { 'if-none-match': '*' };

let gateway: TestGateway;
let admin: AdminClient;
beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
});
afterAll(() => gateway.close());

test.each([
  ['a tenant', 'tenants', { name: 'Bank' }],
  ['a plan', 'plans', { name: 'Plan', limits: {} }],
])('%s is made once under a key of one’s choice, and replaced by key or id', async (_, collection, draft) => {
  const key = `k-${randomUUID()}`.slice(0, 30);
  const path = `${collection}/${key}`;
  const made = await admin.send('PUT', path, draft, CREATE);
  expect([made.status, made.body['key'], made.etag]).toEqual([201, key, '"1"']);
  const id = made.body['id'] as string;
  expect(made.headers.get('location')).toBe(`/admin/v1/${collection}/${id}`);
  expect((await admin.send('PUT', path, draft, CREATE)).status).toBe(412);
  expect((await admin.send('PUT', path, draft)).status).toBe(428);
  const named = await admin.send('PUT', path, { ...draft, name: 'Other' }, { 'if-match': made.etag });
  expect([named.status, named.body['name'], named.body['id']]).toEqual([200, 'Other', id]);
  expect((await admin.send('PUT', path, draft, { 'if-match': made.etag })).status).toBe(412);
  const byId = await admin.send('PUT', `${collection}/${id}`, draft, { 'if-match': named.etag });
  expect([byId.status, byId.body['key']]).toEqual([200, key]);
});

test('what does not exist is replaced by nobody, and made under no id', async () => {
  expect((await admin.send('PUT', 'tenants/nobody', { name: 'B' }, { 'if-match': '"1"' })).status).toBe(404);
  expect((await admin.send('PUT', `tenants/${randomUUID()}`, { name: 'B' }, CREATE)).status).toBe(404);
  expect((await admin.send('PUT', 'tenants/No_Key', { name: 'B' }, CREATE)).status).toBe(404);
  const other = await admin.send('PUT', 'tenants/this', { key: 'that', name: 'B' }, CREATE);
  expect(locations(other)).toEqual(['body.key']);
});

test('an application is made and replaced under its tenant’s name for it, in its own tenant only', async () => {
  const tenant = await newTenant(admin);
  const other = await newTenant(admin);
  const administrator = await memberOf(gateway, 'Administrator', tenant);
  const made = await administrator.send('PUT', `tenants/${tenant}/applications/app`, { name: 'App' }, CREATE);
  const id = idOf(made);
  const headers = { 'if-match': made.etag };
  const replaced = await administrator.send(
    'PUT',
    `tenants/${tenant}/applications/app`,
    { name: 'New' },
    headers,
  );
  expect([replaced.status, replaced.body['id'], replaced.body['name']]).toEqual([200, id, 'New']);
  expect(
    (await administrator.send('PUT', `tenants/${other}/applications/app`, { name: 'App' }, CREATE)).status,
  ).toBe(404);
  expect(
    idOf(await admin.send('PUT', `tenants/${other}/applications/app`, { name: 'App' }, CREATE)),
  ).not.toBe(id);
});

test('of many who make it at once one has made it', async () => {
  const put = () => admin.send('PUT', 'tenants/raced', { name: 'Raced' }, CREATE);
  const statuses = (await Promise.all(Array.from({ length: 8 }, put))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => ![201, 409, 412].includes(status))).toEqual([]);
});
