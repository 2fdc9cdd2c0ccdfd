import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { SubscriptionEntity } from '../src/tenants/subscription.entity.js';
import { Tenants } from '../src/tenants/tenants.js';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import {
  idOf,
  locations,
  newApplication,
  newTenant,
  onceOnly,
  privateKey,
  publicKey,
} from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

describe('applications', () => {
  let gateway: TestGateway;
  let admin: AdminClient;
  let tenant: string;
  let other: string;
  let administrator: AdminClient;

  beforeAll(async () => {
    gateway = await startTestGateway();
    admin = await adminOf(gateway);
    tenant = await newTenant(admin);
    other = await newTenant(admin, 'Another bank');
    administrator = await memberOf(gateway, 'Administrator', tenant);
  });
  afterAll(() => gateway?.close());

  const manager = () => gateway.app.get(Database, { strict: false }).dataSource.manager;

  test('an Administrator onboards one, which is given a client id and known to the authorization server', async () => {
    const draft = {
      key: 'wallet',
      name: 'Wallet',
      commercialName: 'The Wallet',
      privacyPolicyUrl: 'https://bank.example/privacy',
      redirectUris: ['https://bank.example/cb'],
      jwks: { keys: [publicKey('k1'), publicKey('k2', 2048)] },
      tags: ['mobile'],
    };
    const created = await administrator.post(`tenants/${tenant}/applications`, draft);
    expect(created).toMatchObject({
      status: 201,
      etag: '"1"',
      body: { ...draft, tenantId: tenant, jwksUri: null },
    });
    const where = `applications/${idOf(created)}`;
    expect(created.headers.get('location')).toBe(`/admin/v1/${where}`);
    expect((await administrator.get(where)).body).toEqual(created.body);
    const clientId = created.body['clientId'] as string;
    expect(clientId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const tenants = gateway.app.get(Tenants, { strict: false });
    await tenants.load();
    expect(tenants.application(clientId)).toMatchObject({ name: 'Wallet', redirectUris: draft.redirectUris });
  });

  test('the same request with the same Idempotency-Key makes one application', async () => {
    const headers = onceOnly();
    const first = await administrator.post(`tenants/${tenant}/applications`, { name: 'Once' }, headers);
    const second = await administrator.post(`tenants/${tenant}/applications`, { name: 'Once' }, headers);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const another = await administrator.post(`tenants/${tenant}/applications`, { name: 'Twice' }, headers);
    expect(another).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  test('PUT replaces all but the client id, PATCH what it names', async () => {
    const where = `applications/${await newApplication(admin, tenant, { category: 'FINANCE', tags: ['a'] })}`;
    const before = await administrator.get(where);
    const replaced = await administrator.change('PUT', where, { name: 'New' });
    expect(replaced.body).toMatchObject({
      name: 'New',
      category: '',
      tags: [],
      clientId: before.body['clientId'],
    });
    expect(replaced.etag).toBe('"2"');
    const patched = await administrator.change('PATCH', where, { jwksUri: 'https://bank.example/jwks' });
    expect(patched.body).toMatchObject({
      name: 'New',
      jwksUri: 'https://bank.example/jwks',
      jwks: { keys: [] },
    });
    const back = await administrator.change('PATCH', where, {
      jwksUri: null,
      jwks: { keys: [publicKey('k')] },
    });
    expect(back.body).toMatchObject({ jwksUri: null, jwks: { keys: [{ kid: 'k' }] } });
  });

  test('a change needs the ETag that was read, and the newest', async () => {
    const where = `applications/${await newApplication(admin, tenant)}`;
    const requests: [string, string, object?][] = [
      ['PUT', where, { name: 'x' }],
      ['PATCH', where, { name: 'x' }],
      ['DELETE', where],
      ['POST', `${where}/suspend`],
      ['PUT', `${where}/redirect-uris`, { redirectUris: [] }],
      ['PUT', `${where}/keys`, { jwks: { keys: [] } }],
    ];
    for (const [method, path, body] of requests) {
      expect([path, (await administrator.send(method, path, body)).status]).toEqual([path, 428]);
      const stale = await administrator.send(method, path, body, { 'if-match': '"7"' });
      expect([path, stale.status]).toEqual([path, 412]);
    }
    expect((await administrator.get(where)).etag).toBe('"1"');
  });

  test.each([
    ['a property that is not known', { secret: 'x' }, 'body.secret'],
    ['a client id of its own', { clientId: 'mine' }, 'body.clientId'],
    ['no name', { name: '' }, 'body.name'],
    ['keys and an address of keys', { jwks: { keys: [] }, jwksUri: 'https://a.example/' }, 'body.jwksUri'],
    ['keys at a place without TLS', { jwksUri: 'http://a.example/jwks' }, 'body.jwksUri'],
    ['keys at a place with a password', { jwksUri: 'https://a:b@a.example/jwks' }, 'body.jwksUri'],
    [
      'a privacy policy that is a script',
      { privacyPolicyUrl: 'javascript:alert(1)' },
      'body.privacyPolicyUrl',
    ],
  ])('%s is refused', async (_, draft, where) => {
    const answer = await administrator.post(`tenants/${tenant}/applications`, { name: 'App', ...draft });
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
    expect(locations(answer)).toContain(where);
  });

  describe('redirect URIs', () => {
    test('each one that is wrong is named', async () => {
      const where = `applications/${await newApplication(admin, tenant)}/redirect-uris`;
      const uris = ['https://bank.example/cb', 'http://bank.example/cb', 'myapp:/cb'];
      const answer = await administrator.change('PUT', where, { redirectUris: uris });
      expect([answer.status, locations(answer)]).toEqual([
        400,
        ['body.redirectUris.1', 'body.redirectUris.2'],
      ]);
    });

    test('they are read, with the ETag of the application, and audited by themselves', async () => {
      const id = await newApplication(admin, tenant, { redirectUris: ['https://bank.example/old'] });
      const answer = await administrator.get(`applications/${id}/redirect-uris`);
      expect(answer).toMatchObject({ etag: '"1"', body: { redirectUris: ['https://bank.example/old'] } });
      await administrator.change('PUT', `applications/${id}/redirect-uris`, { redirectUris: [] });
      const [row] = await manager().query(
        "SELECT before, after FROM audit_events WHERE action = 'application.redirect-uris.replace' AND resource ->> 'id' = $1",
        [id],
      );
      expect(row).toEqual({
        before: { redirectUris: ['https://bank.example/old'] },
        after: { redirectUris: [] },
      });
    });
  });

  describe('keys', () => {
    const put = async (body: unknown) => {
      const where = `applications/${await newApplication(admin, tenant)}`;
      return administrator.change('PUT', `${where}/keys`, body);
    };

    test('inline keys give way to an address, and the other way round', async () => {
      const where = `applications/${await newApplication(admin, tenant)}/keys`;
      const jwks = { keys: [{ ...publicKey('a'), alg: 'ES256', use: 'sig' }, publicKey('b', 2048)] };
      const inline = await administrator.change('PUT', where, { jwks });
      expect(inline).toMatchObject({ status: 200, body: { jwks, jwksUri: null } });
      const jwksUri = 'https://bank.example/jwks';
      const remote = await administrator.change('PUT', where, { jwksUri });
      expect(remote.body).toEqual({ jwks: { keys: [] }, jwksUri });
      expect((await administrator.get(where)).body).toEqual(remote.body);
    });

    test('private keys, and both or neither of the two, are refused', async () => {
      expect(locations(await put({ jwks: { keys: [privateKey('k')] } }))).toContain('body.jwks.keys.0.d');
      expect(locations(await put({}))).toEqual(['body.jwks']);
      expect((await put({ jwks: { keys: [] }, jwksUri: 'https://a.example/' })).status).toBe(400);
      expect(locations(await put({ jwks: { keys: [] }, x: 1 }))).toContain('body.x');
    });

    test('the audit log holds the change under its own name', async () => {
      const id = await newApplication(admin, tenant);
      await administrator.change('PUT', `applications/${id}/keys`, { jwksUri: 'https://bank.example/jwks' });
      const [row] = await manager().query(
        "SELECT before, after FROM audit_events WHERE action = 'application.keys.replace' AND resource ->> 'id' = $1",
        [id],
      );
      expect(row).toEqual({ before: { jwksUri: null }, after: { jwksUri: 'https://bank.example/jwks' } });
    });
  });

  test('a suspended one is unknown to the authorization server until it is resumed', async () => {
    const id = await newApplication(admin, tenant);
    const tenants = gateway.app.get(Tenants, { strict: false });
    const suspended = await administrator.change(
      'POST',
      `applications/${id}/suspend`,
      undefined,
      `applications/${id}`,
    );
    expect(suspended).toMatchObject({ status: 200, body: { status: 'suspended' } });
    await tenants.load();
    const clientId = suspended.body['clientId'] as string;
    expect(tenants.application(clientId)).toBeUndefined();
    const again = await administrator.change(
      'POST',
      `applications/${id}/suspend`,
      undefined,
      `applications/${id}`,
    );
    expect(again).toMatchObject({ status: 409, body: { code: 'INCOMPATIBLE_STATE' } });
    await administrator.change('POST', `applications/${id}/resume`, undefined, `applications/${id}`);
    await tenants.load();
    expect(tenants.application(clientId)).toMatchObject({ id });
  });

  test('one with subscriptions stays until they are terminated', async () => {
    const id = await newApplication(admin, tenant);
    const subscription = {
      id: randomUUID(),
      key: 'fraud',
      tenantId: tenant,
      applicationId: id,
      product: 'number-verification',
      purpose: 'dpv:FraudPreventionAndDetection',
      scopes: [VERIFY_SCOPE],
      grantTypes: ['authorization_code'],
      status: 'suspended' as const,
      limits: {},
    };
    await manager().insert(SubscriptionEntity, subscription);
    const refused = await administrator.change('DELETE', `applications/${id}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'INCOMPATIBLE_STATE' } });
    await manager().update(SubscriptionEntity, subscription.id, { status: 'terminated' });
    expect((await administrator.change('DELETE', `applications/${id}`)).status).toBe(204);
    expect((await administrator.get(`applications/${id}`)).status).toBe(404);
  });

  test('those of a suspended tenant can still be read', async () => {
    const asleep = await newTenant(admin);
    const id = await newApplication(admin, asleep);
    await admin.change('POST', `tenants/${asleep}/suspend`, undefined, `tenants/${asleep}`);
    expect((await admin.get(`applications/${id}`)).body).toMatchObject({ status: 'active' });
    expect((await admin.get(`tenants/${asleep}/applications`)).body['items']).toHaveLength(1);
  });

  test("another tenant's do not exist", async () => {
    const theirs = await newApplication(admin, other);
    const match = { 'if-match': '"1"' };
    const answers = [
      await administrator.get(`tenants/${other}/applications`),
      await administrator.post(`tenants/${other}/applications`, { name: 'x' }),
      await administrator.get(`applications/${theirs}`),
      await administrator.get(`applications/${theirs}/redirect-uris`),
      await administrator.get(`applications/${theirs}/keys`),
      await administrator.send('PUT', `applications/${theirs}`, { name: 'x' }, match),
      await administrator.send('PATCH', `applications/${theirs}`, { name: 'x' }, match),
      await administrator.send('DELETE', `applications/${theirs}`, undefined, match),
      await administrator.send('POST', `applications/${theirs}/suspend`, undefined, match),
      await administrator.send('PUT', `applications/${theirs}/redirect-uris`, { redirectUris: [] }, match),
      await administrator.send('PUT', `applications/${theirs}/keys`, { jwks: { keys: [] } }, match),
      await administrator.get(`applications/${randomUUID()}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect((await admin.get(`applications/${theirs}`)).etag).toBe('"1"');
  });

  test("lists show the partner every tenant's, a tenant its own", async () => {
    const theirs = await newApplication(admin, other, { tags: ['listed'] });
    const own = await newApplication(admin, tenant, { tags: ['listed'] });
    const ids = async (who: AdminClient, path: string) =>
      ((await who.get(path)).body['items'] as { id: string }[]).map(({ id }) => id);
    expect(await ids(admin, 'applications?tags=listed')).toEqual([theirs, own]);
    expect(await ids(admin, `applications?tags=listed&tenantId=${other}`)).toEqual([theirs]);
    expect(await ids(administrator, 'applications?tags=listed')).toEqual([own]);
    expect(await ids(admin, `tenants/${other}/applications?tags=listed`)).toEqual([theirs]);
  });

  test('a User reads them and changes none', async () => {
    const user = await memberOf(gateway, 'User', tenant);
    const id = await newApplication(admin, tenant);
    expect((await user.get(`applications/${id}`)).status).toBe(200);
    expect((await user.change('PATCH', `applications/${id}`, { name: 'x' })).status).toBe(403);
    expect((await user.post(`tenants/${tenant}/applications`, { name: 'x' })).status).toBe(403);
  });
});
