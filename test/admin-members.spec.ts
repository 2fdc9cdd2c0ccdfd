import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, locations, newTenant, privateKey, publicKey } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

describe('members', () => {
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

  const service = (more: object = {}) => ({
    kind: 'service',
    displayName: 'CI',
    roles: ['Administrator'],
    jwks: { keys: [publicKey('k1')] },
    ...more,
  });
  const person = (more: object = {}) => ({
    kind: 'person',
    displayName: 'Ada',
    roles: ['User'],
    subject: randomUUID(),
    ...more,
  });

  describe('of a tenant', () => {
    test('an Administrator lets a service in, which is given a client id', async () => {
      const created = await administrator.post(`tenants/${tenant}/members`, service({ key: 'ci' }));
      expect(created).toMatchObject({
        status: 201,
        body: { key: 'ci', tenantId: tenant, kind: 'service', roles: ['Administrator'], status: 'active' },
      });
      expect(created.body['clientId']).toMatch(/^[0-9a-f-]{36}$/);
      const where = `tenants/${tenant}/members/${idOf(created)}`;
      expect(created.headers.get('location')).toBe(`/admin/v1/${where}`);
      const read = await administrator.get(where);
      expect(read).toMatchObject({ status: 200, body: created.body, etag: created.etag });
    });

    test('a person is known by the subject, and once in a tenant', async () => {
      const draft = person();
      const created = await administrator.post(`tenants/${tenant}/members`, draft);
      expect(created.body).toMatchObject({ subject: draft.subject, clientId: null, jwks: null });
      const again = await administrator.post(`tenants/${tenant}/members`, draft);
      expect(again).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
      expect((await admin.post(`tenants/${other}/members`, draft)).status).toBe(201);
    });

    test('a merge-patch changes what it names; without or with an old ETag nothing', async () => {
      const where = `tenants/${tenant}/members/${idOf(await admin.post(`tenants/${tenant}/members`, person()))}`;
      const unconditional = await administrator.send('PATCH', where, { displayName: 'Eve' });
      expect(unconditional).toMatchObject({ status: 428, body: { code: 'PRECONDITION_REQUIRED' } });
      const patched = await administrator.change('PATCH', where, {
        displayName: 'Grace',
        roles: ['BusinessManager'],
      });
      expect(patched).toMatchObject({
        status: 200,
        body: { displayName: 'Grace', roles: ['BusinessManager'] },
      });
      const stale = await administrator.send('PATCH', where, { displayName: 'Eve' }, { 'if-match': '"1"' });
      expect(stale).toMatchObject({ status: 412, body: { code: 'FAILED_PRECONDITION' } });
      expect((await administrator.change('DELETE', where)).status).toBe(204);
      expect((await administrator.get(where)).status).toBe(404);
    });

    test('whether it is a person or a service stays as it is', async () => {
      const where = `tenants/${tenant}/members/${idOf(await admin.post(`tenants/${tenant}/members`, person()))}`;
      const patch = { kind: 'service', subject: null, jwks: { keys: [publicKey('k')] } };
      const answer = await administrator.change('PATCH', where, patch);
      expect([answer.status, locations(answer)]).toEqual([400, ['body.kind']]);
    });

    test.each([
      ['a role of the partner', service({ roles: ['partner-admin'] }), 'body.roles.0'],
      ['a role twice', service({ roles: ['User', 'User'] }), 'body.roles'],
      ['no role', service({ roles: [] }), 'body.roles'],
      ['a property that is not known', service({ admin: true }), 'body.admin'],
      ['a client id of its own', service({ clientId: 'mine' }), 'body.clientId'],
      ['a service without keys', service({ jwks: undefined }), 'body.jwks'],
      ['a service with no key in its set', service({ jwks: { keys: [] } }), 'body.jwks'],
      ['a service with a subject', service({ subject: 's' }), 'body.subject'],
      ['a person without a subject', person({ subject: undefined }), 'body.subject'],
      ['a person with keys', person({ jwks: { keys: [publicKey('k')] } }), 'body.jwks'],
      ['a private key', service({ jwks: { keys: [privateKey('k')] } }), 'body.jwks.keys.0.d'],
    ])('%s is refused', async (_, draft, where) => {
      const answer = await administrator.post(`tenants/${tenant}/members`, draft);
      expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
      expect(locations(answer)).toContain(where);
    });

    test('a patch does not smuggle in a role of the partner either', async () => {
      const where = `tenants/${tenant}/members/${idOf(await admin.post(`tenants/${tenant}/members`, person()))}`;
      const answer = await administrator.change('PATCH', where, { roles: ['User', 'partner-admin'] });
      expect([answer.status, locations(answer)]).toEqual([400, ['body.roles.1']]);
    });

    test('the last active Administrator is neither removed nor suspended nor stripped of the role', async () => {
      const fresh = await newTenant(admin);
      const members = `tenants/${fresh}/members`;
      const last = `${members}/${idOf(await admin.post(members, service()))}`;
      await admin.post(members, service({ status: 'suspended' }));
      await admin.post(members, service({ roles: ['BusinessManager', 'User'] }));
      const refusals = [
        await admin.change('DELETE', last),
        await admin.change('PATCH', last, { status: 'suspended' }),
        await admin.change('PATCH', last, { roles: ['User'] }),
      ];
      expect(refusals.map(({ status, body }) => [status, body['code']])).toEqual(
        refusals.map(() => [409, 'INCOMPATIBLE_STATE']),
      );
      expect((await admin.change('PATCH', last, { displayName: 'Still' })).status).toBe(200);
      await admin.post(members, service());
      expect((await admin.change('DELETE', last)).status).toBe(204);
    });

    test('of two Administrators who go at the same time one stays', async () => {
      const fresh = await newTenant(admin);
      const members = `tenants/${fresh}/members`;
      const both = [idOf(await admin.post(members, service())), idOf(await admin.post(members, service()))];
      const gone = await Promise.all(both.map((id) => admin.change('DELETE', `${members}/${id}`)));
      expect(gone.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
    });

    test('another tenant, and its members, do not exist', async () => {
      const members = `tenants/${other}/members`;
      const theirs = `${members}/${idOf(await admin.post(members, service()))}`;
      const misplaced = theirs.replace(other, tenant);
      const answers = [
        await administrator.get(members),
        await administrator.post(members, person()),
        await administrator.get(theirs),
        await administrator.get(misplaced),
        await admin.get(misplaced),
        await administrator.send('PATCH', theirs, {}, { 'if-match': '"1"' }),
        await administrator.send('DELETE', misplaced, undefined, { 'if-match': '"1"' }),
        await administrator.get(`tenants/${tenant}/members/not-a-uuid`),
      ];
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    });

    test('a BusinessManager sees the members and changes none, a User sees none', async () => {
      const manager = await memberOf(gateway, 'BusinessManager', tenant);
      const user = await memberOf(gateway, 'User', tenant);
      expect((await manager.get(`tenants/${tenant}/members?perPage=1`)).status).toBe(200);
      expect((await manager.post(`tenants/${tenant}/members`, person())).status).toBe(403);
      expect((await user.get(`tenants/${tenant}/members`)).status).toBe(403);
    });

    test('lists are paged and filtered, and of this tenant alone', async () => {
      const { body } = await admin.get(`tenants/${tenant}/members?kind=person&perPage=2`);
      const items = body['items'] as { kind: string; tenantId: string }[];
      expect(items).toHaveLength(2);
      expect(items.every((one) => one.kind === 'person' && one.tenantId === tenant)).toBe(true);
      const unknown = await admin.get(`tenants/${tenant}/members?subject=x`);
      expect([unknown.status, locations(unknown)]).toEqual([400, ['query.subject']]);
    });
  });

  describe("of the partner's", () => {
    test('they have roles of the partner and no tenant', async () => {
      const created = await admin.post('members', service({ roles: ['operator-manager'] }));
      expect(created).toMatchObject({ status: 201, body: { tenantId: null, roles: ['operator-manager'] } });
      const where = `members/${idOf(created)}`;
      expect(created.headers.get('location')).toBe(`/admin/v1/${where}`);
      expect((await admin.change('PATCH', where, { roles: ['partner-viewer'] })).body).toMatchObject({
        roles: ['partner-viewer'],
      });
      const tenants = await admin.post('members', service());
      expect([tenants.status, locations(tenants)]).toEqual([400, ['body.roles.0']]);
      expect((await admin.change('DELETE', where)).status).toBe(204);
    });

    test('members of tenants are not among them', async () => {
      const { body } = await admin.get('members?perPage=100');
      const items = body['items'] as { tenantId: string | null }[];
      expect(items.length).toBeGreaterThan(0);
      expect(items.every(({ tenantId }) => tenantId === null)).toBe(true);
      expect((await admin.get(`members/${administrator.memberId}`)).status).toBe(404);
    });

    test('nobody of a tenant sees or makes them', async () => {
      expect((await administrator.get('members')).status).toBe(403);
      expect((await administrator.post('members', service({ roles: ['partner-admin'] }))).status).toBe(403);
      expect((await administrator.get(`members/${admin.memberId}`)).status).toBe(403);
    });

    test('the last active partner-admin cannot be removed', async () => {
      const kept = idOf(await admin.post('members', service({ roles: ['partner-admin'] })));
      const { body } = await admin.get('members?perPage=100');
      const items = body['items'] as { id: string; roles: string[] }[];
      const others = items.filter(({ id, roles }) => id !== kept && roles.includes('partner-admin'));
      await gateway.app
        .get(Database, { strict: false })
        .dataSource.query("UPDATE members SET status = 'suspended' WHERE id = ANY ($1) AND id <> $2", [
          others.map(({ id }) => id),
          admin.memberId,
        ]);
      expect((await admin.change('DELETE', `members/${kept}`)).status).toBe(204);
      const last = await admin.change('DELETE', `members/${admin.memberId}`);
      expect(last).toMatchObject({ status: 409, body: { code: 'INCOMPATIBLE_STATE' } });
    });
  });

  test('the audit log says who let whom in', async () => {
    const created = await administrator.post(`tenants/${tenant}/members`, person());
    const [row] = await gateway.app
      .get(Database, { strict: false })
      .dataSource.query(
        "SELECT actor, tenant_id, after FROM audit_events WHERE action = 'member.create' AND resource ->> 'id' = $1",
        [idOf(created)],
      );
    expect(row).toMatchObject({
      actor: { id: administrator.memberId },
      tenant_id: tenant,
      after: { subject: created.body['subject'] },
    });
  });
});
