import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminAnswer, AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, locations, newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;
let admin: AdminClient;
let operatorId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
  operatorId = gateway.device('camara-2.1').operator;
});
afterAll(() => gateway?.close());

const route = (kind: string, value: string, more: object = {}): Promise<AdminAnswer> =>
  admin.post('routes', { operatorId, kind, value, ...more });

test('a rule is written in one way, read, replaced and deleted for good', async () => {
  const created = await route('cidr', '198.51.100.77/24');
  expect(created).toMatchObject({
    status: 201,
    etag: '"1"',
    body: { operatorId, kind: 'cidr', value: '198.51.100.0/24', source: 'admin', dynamic: false },
  });
  const path = `routes/${idOf(created)}`;
  expect(created.headers.get('location')).toBe(`/admin/v1/${path}`);
  expect((await admin.get(path)).body).toEqual(created.body);
  const narrower = await admin.change('PUT', path, { operatorId, kind: 'cidr', value: '198.51.100.0/25' });
  expect(narrower.body['value']).toBe('198.51.100.0/25');
  const draft = { operatorId, kind: 'mccmnc', value: '99971' };
  expect((await admin.send('PUT', path, draft)).status).toBe(428);
  expect((await admin.send('PUT', path, draft, { 'if-match': '"9"' })).status).toBe(412);
  const replaced = await admin.change('PUT', path, draft);
  expect([replaced.etag, replaced.body['value']]).toEqual(['"3"', '99971']);
  expect((await route('cidr', '198.51.100.0/25')).status).toBe(201);
  expect((await admin.change('DELETE', path)).status).toBe(204);
  expect((await admin.get(path)).status).toBe(404);
  expect((await route('mccmnc', '99971')).status).toBe(201);
});

test('two rules of ours never claim the same addresses, network or prefix, also when written at once', async () => {
  const answers = await Promise.all([route('cidr', '2001:db8:1::/48'), route('cidr', '2001:db8::/32')]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
  expect(answers.find(({ status }) => status === 409)?.body['code']).toBe('ALREADY_EXISTS');
  for (const [kind, value] of [
    ['mccmnc', '99981'],
    ['prefix', '+99081'],
  ] as const) {
    expect((await route(kind, value)).status).toBe(201);
    expect((await route(kind, value)).status).toBe(409);
  }
});

test.each([
  ['body.value', { kind: 'cidr', value: '198.51.100.0/33' }],
  ['body.value', { kind: 'cidr', value: '1.2.3' }],
  ['body.value', { kind: 'mccmnc', value: '1234' }],
  ['body.value', { kind: 'prefix', value: '0034' }],
  ['body.kind', { kind: 'country', value: 'ES' }],
  ['body.operatorId', { kind: 'mccmnc', value: '99990', operatorId: 'no-such-operator' }],
  ['body.dynamic', { kind: 'mccmnc', value: '99990', dynamic: true }],
  ['body.source', { kind: 'mccmnc', value: '99990', source: 'manifest' }],
])('a wrong rule is told its place: %s', async (location, draft) => {
  const answer = await admin.post('routes', { operatorId, ...draft });
  expect([answer.status, locations(answer)]).toEqual([400, [location]]);
});

test('a whole number is no prefix, and is not said back', async () => {
  const answer = await route('prefix', '+99003100001');
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).not.toContain('99003100001');
});

test('the list shows each rule with its source, page after page, and those of manifests have no id', async () => {
  await route('mccmnc', '99991');
  const seen: Record<string, unknown>[] = [];
  for (let page = 1, more = true; more; page++) {
    const { body } = await admin.get(`routes?perPage=3&page=${page}`);
    seen.push(...(body['items'] as Record<string, unknown>[]));
    more = page < (body['pagination'] as { totalPages: number }).totalPages;
    if (page === 1) expect(body['items']).toHaveLength(3);
  }
  const values = seen.map(({ kind, value, source }) => `${String(kind)} ${String(value)} ${String(source)}`);
  expect(new Set(values).size).toBe(values.length);
  expect(values).toContain('mccmnc 99991 admin');
  expect(seen.filter(({ source }) => source === 'manifest').every(({ id }) => id === null)).toBe(true);
  const { body } = await admin.get(`routes?kind=cidr&source=manifest&operatorId=${operatorId}`);
  expect(body['items']).toMatchObject([{ kind: 'cidr', source: 'manifest', operatorId }]);
  expect((await admin.get('routes?source=guess')).status).toBe(400);
});

test('a question is answered with every rule that was tried, holding neither number nor address', async () => {
  const device = gateway.device('camara-2.1');
  const asked = await admin.post('routes/explain', { ip: device.ip, phoneNumber: device.phoneNumber });
  expect(asked.body).toMatchObject({
    operatorId,
    rule: expect.stringContaining('of manifest'),
    steps: [{ method: 'ip_cidr', result: 'resolved' }],
  });
  expect(JSON.stringify(asked.body)).not.toContain(device.phoneNumber.slice(1));
  const unknown = await admin.post('routes/explain', { ip: '192.0.2.1' });
  expect(unknown.body).toEqual({ steps: [{ method: 'ip_cidr', result: 'none' }] });
});

test.each([{}, { phoneNumber: '12' }, { ip: '1.2' }, { mccmnc: 'x' }, { imsi: '1' }])(
  'a question of nothing, or of nonsense, is refused: %j',
  async (question) => {
    expect((await admin.post('routes/explain', question)).status).toBe(400);
  },
);

test('tenants neither see nor write rules; who only reads may ask but not write', async () => {
  const theirs = await memberOf(gateway, 'Administrator', await newTenant(admin));
  expect((await theirs.get('routes')).status).toBe(403);
  expect((await theirs.post('routes/explain', { mccmnc: '21407' })).status).toBe(403);
  const viewer = await memberOf(gateway, 'partner-viewer');
  expect((await viewer.post('routes/explain', { mccmnc: '21407' })).status).toBe(200);
  expect((await viewer.post('routes', { operatorId, kind: 'mccmnc', value: '21407' })).status).toBe(403);
  expect((await viewer.get(`routes/${randomUUID()}`)).status).toBe(404);
});
