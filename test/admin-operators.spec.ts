import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { Vault } from '../src/grants/vault.js';
import { placeOfCredential } from '../src/admin/registration.kind.js';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, locations, newApplication, newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { tokenFor } from './support/tokens.js';

const CREDENTIAL = 'canary-credential-of-an-operator';

let gateway: TestGateway;
let admin: AdminClient;
let desk: AdminClient;
let user: AdminClient;
let tenant: string;
let operatorId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
  desk = await memberOf(gateway, 'operator-manager');
  tenant = await newTenant(admin);
  user = await memberOf(gateway, 'User', tenant);
  operatorId = gateway.device('camara-2.1').operator;
});
afterAll(() => gateway?.close());

const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();

describe('operators', () => {
  test('are listed from their manifests, with their switches, to those who run them', async () => {
    const { body } = await desk.get('operators?lifecycle=sandbox&perPage=2&orderBy=name');
    expect(body['pagination']).toMatchObject({ perPage: 2 });
    expect((await desk.get(`operators/${operatorId}`)).body).toMatchObject({
      id: operatorId,
      dialect: 'camara-2.1',
      lifecycle: 'sandbox',
      flows: expect.arrayContaining(['authorization_code']),
      capabilities: { verifyPlain: true },
      off: null,
      settings: { enabled: true, reason: '', breakers: {} },
    });
    expect((await user.get('operators')).status).toBe(403);
    expect((await admin.get('operators/no-such-operator')).status).toBe(404);
    expect((await admin.get('operators?colour=red')).status).toBe(400);
  });

  test('are shown to tenants as far as their coverage goes', async () => {
    const { body } = await user.get('operators/coverage?perPage=100');
    const [first] = body['items'] as Record<string, unknown>[];
    expect(Object.keys(first!).sort()).toEqual(
      expect.arrayContaining(['flows', 'mode', 'name', 'operations', 'operatorId']),
    );
    expect(first).not.toHaveProperty('settings');
  });

  test('fare as this process sees it', async () => {
    const { body } = await desk.get(`operators/${operatorId}/health`);
    expect(body).toMatchObject({
      operatorId,
      off: null,
      targets: { api: { breaker: 'closed', inFlight: 0 }, token: { breaker: 'closed', forced: null } },
    });
    expect((await user.get(`operators/${operatorId}/health`)).status).toBe(403);
  });

  test('are switched with the ETag that was read, the first time too; a switched-off one answers 503', async () => {
    const path = `operators/${operatorId}`;
    const device = gateway.device('camara-2.1');
    const scope = `openid dpv:FraudPreventionAndDetection ${VERIFY_SCOPE}`;
    const token = await tokenFor(gateway.sandbox, device.ip, { scope });
    expect((await desk.get(path)).etag).toBe('"1"');
    expect((await desk.send('PATCH', path, { enabled: false })).status).toBe(428);
    expect((await desk.send('PATCH', path, { enabled: false }, { 'if-match': '"2"' })).status).toBe(412);
    expect(locations(await desk.change('PATCH', path, { dialect: 'x' }))).toEqual(['body.dialect']);
    const off = await desk.change('PATCH', path, { enabled: false, reason: 'maintenance' });
    expect([off.status, off.etag]).toEqual([200, '"2"']);
    expect(off.body['settings']).toMatchObject({ enabled: false, reason: 'maintenance' });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ phoneNumber: device.phoneNumber }),
    });
    expect(answer.status).toBe(503);
    const coverage = (await user.get('operators/coverage?perPage=100')).body['items'] as {
      operatorId: string;
    }[];
    expect(coverage.map((one) => one.operatorId)).not.toContain(operatorId);
    const on = await desk.change('PATCH', path, { enabled: true, reason: null });
    expect(on.body['settings']).toMatchObject({ enabled: true, reason: '' });
  });

  test('have circuits that are held by hand for at most a day', async () => {
    const path = `operators/${gateway.device('camara-2.0').operator}`;
    const set = (target: string, body: object) =>
      desk.change('PUT', `${path}/breakers/${target}`, body, path);
    const until = hours(1);
    const held = await set('api', { mode: 'open', until });
    expect(held.body['settings']).toMatchObject({ breakers: { api: { mode: 'open', until } } });
    await set('token', { mode: 'closed', until });
    expect((await set('api', { mode: 'auto' })).body['settings']).toMatchObject({
      breakers: { token: { mode: 'closed' } },
    });
    expect((await desk.get(path)).body['settings']).not.toHaveProperty('breakers.api');
    for (const body of [
      { mode: 'open' },
      { mode: 'open', until: hours(25) },
      { mode: 'closed', until: hours(-1) },
    ]) {
      expect(locations(await set('api', body))).toEqual(['body.until']);
    }
    expect((await set('api', { mode: 'half' })).status).toBe(400);
    expect((await set('disk', { mode: 'auto' })).status).toBe(404);
    expect(
      (await user.send('PUT', `${path}/breakers/api`, { mode: 'auto' }, { 'if-match': '"1"' })).status,
    ).toBe(403);
  });
});

describe('registrations', () => {
  const created = async (more: object = {}) => {
    const applicationId = await newApplication(admin, tenant);
    const draft = { applicationId, clientId: 'as-they-know-it', ...more };
    return { applicationId, answer: await desk.post(`operators/${operatorId}/registrations`, draft) };
  };

  test('belong to the application’s tenant, and never show the credential they keep', async () => {
    const { applicationId, answer } = await created({ credential: CREDENTIAL, tmfIds: { order: '7' } });
    expect(answer.body).toMatchObject({
      tenantId: tenant,
      operatorId,
      applicationId,
      approval: 'pending',
      credentialFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      tmfIds: { order: '7' },
    });
    const path = `registrations/${idOf(answer)}`;
    const approved = await desk.change('PATCH', path, { approval: 'approved' });
    const { credentialFingerprint } = answer.body;
    expect(approved.body).toMatchObject({ approval: 'approved', credentialFingerprint });
    const other = await desk.change('PATCH', path, { credential: 'another one' });
    expect(other.body['credentialFingerprint']).not.toBe(credentialFingerprint);
    expect(JSON.stringify([answer, approved, other])).not.toContain(CREDENTIAL);
    const gone = await desk.change('PATCH', path, { credential: null });
    expect(gone.body['credentialFingerprint']).toBeNull();
    expect((await desk.change('DELETE', path)).status).toBe(204);
    expect((await desk.get(path)).status).toBe(404);
  });

  test('keep the credential sealed to their own row, and out of the audit log', async () => {
    const id = idOf((await created({ credential: CREDENTIAL })).answer);
    const { dataSource } = gateway.app.get(Database, { strict: false });
    const [row] = await dataSource.query<{ sealed: string }[]>(
      'SELECT sealed_credential AS sealed FROM operator_registrations WHERE id = $1',
      [id],
    );
    expect(row!.sealed).not.toContain(CREDENTIAL);
    const vault = gateway.app.get(Vault, { strict: false });
    expect(vault.open(row!.sealed, placeOfCredential(id))).toBe(CREDENTIAL);
    expect(() => vault.open(row!.sealed, placeOfCredential(tenant))).toThrow();
    const audit = await dataSource.query<{ after: { credentialFingerprint: string } }[]>(
      `SELECT * FROM audit_events WHERE resource ->> 'id' = $1`,
      [id],
    );
    expect(audit[0]!.after.credentialFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify(audit)).not.toContain(CREDENTIAL);
    expect(JSON.stringify(audit)).not.toContain(row!.sealed);
  });

  test('are one per application and operator, of operators and applications that there are', async () => {
    const { applicationId } = await created();
    const draft = { applicationId, clientId: 'x' };
    expect((await desk.post(`operators/${operatorId}/registrations`, draft)).body['code']).toBe(
      'ALREADY_EXISTS',
    );
    expect((await desk.post('operators/no-such-operator/registrations', draft)).status).toBe(404);
    const nobodys = await desk.post(`operators/${operatorId}/registrations`, {
      ...draft,
      applicationId: tenant,
    });
    expect(locations(nobodys)).toEqual(['body.applicationId']);
    const bad = await desk.post(`operators/${operatorId}/registrations`, { ...draft, approval: 'maybe' });
    expect(locations(bad)).toEqual(['body.approval']);
  });

  test('keep their application, are found by it, and are not shown to tenants', async () => {
    const { applicationId, answer } = await created();
    const path = `registrations/${idOf(answer)}`;
    const moved = await desk.change('PATCH', path, { applicationId: await newApplication(admin, tenant) });
    expect(locations(moved)).toEqual(['body.applicationId']);
    const { body } = await desk.get(`operators/${operatorId}/registrations?applicationId=${applicationId}`);
    expect(body['items']).toMatchObject([{ id: idOf(answer) }]);
    expect((await user.get(path)).status).toBe(403);
  });
});
