import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { AdminAnswer, AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, locations, newApplication, newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';
const CIBA = 'urn:openid:params:grant-type:ciba';

let gateway: TestGateway;
let admin: AdminClient;
let tenant: string;
let manager: AdminClient;
let stranger: AdminClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
  tenant = await newTenant(admin);
  manager = await memberOf(gateway, 'BusinessManager', tenant);
  stranger = await memberOf(gateway, 'BusinessManager', await newTenant(admin, 'Another bank'));
});
afterAll(() => gateway?.close());

type Draft = Record<string, unknown>;

const draftFor = (applicationId: string, more: Draft = {}): Draft => ({
  applicationId,
  purpose: PURPOSE,
  scopes: [VERIFY_SCOPE],
  grantTypes: ['authorization_code'],
  ...more,
});

/** Requested by the tenant, for an application of its own. */
async function requested(by: AdminClient, more: Draft = {}, application?: string): Promise<string> {
  const id = application ?? (await newApplication(admin, tenant));
  return idOf(await by.post(`tenants/${tenant}/subscriptions`, draftFor(id, more)));
}

const step = (by: AdminClient, id: string, verb: string): Promise<AdminAnswer> =>
  by.change('POST', `subscriptions/${id}/${verb}`, undefined, `subscriptions/${id}`);

async function active(application?: string): Promise<string> {
  const id = await requested(manager, {}, application);
  await step(manager, id, 'accept-terms');
  expect((await step(admin, id, 'approve')).status).toBe(200);
  return id;
}

describe('a subscription', () => {
  test('goes from created to terminated, and says who accepted its terms', async () => {
    const id = await requested(manager);
    const accepted = await step(manager, id, 'accept-terms');
    expect(accepted.body).toMatchObject({ status: 'pending', termsAcceptedBy: manager.memberId });
    expect(accepted.body['termsAcceptedAt']).toMatch(/Z$/);
    for (const [verb, status] of [
      ['approve', 'active'],
      ['suspend', 'suspended'],
      ['resume', 'active'],
      ['terminate', 'terminated'],
    ] as const) {
      expect((await step(admin, id, verb)).body['status']).toBe(status);
    }
  });

  test('takes no step that its state does not allow, and none twice', async () => {
    const id = await requested(manager);
    const refused = async (...verbs: string[]): Promise<void> => {
      for (const verb of verbs) {
        expect((await step(admin, id, verb)).body).toMatchObject({ status: 409, code: 'INCOMPATIBLE_STATE' });
      }
    };
    await refused('approve', 'suspend', 'resume');
    await step(admin, id, 'accept-terms');
    await refused('accept-terms', 'suspend', 'resume');
    await step(admin, id, 'approve');
    await refused('accept-terms', 'approve', 'resume');
    await step(admin, id, 'suspend');
    await refused('accept-terms', 'approve', 'suspend');
    await step(admin, id, 'terminate');
    await refused('accept-terms', 'approve', 'suspend', 'resume', 'terminate');
    expect((await admin.change('PATCH', `subscriptions/${id}`, { tags: ['x'] })).status).toBe(409);
  });

  test('is not approved by its tenant, nor touched without its ETag or by another tenant', async () => {
    const id = await requested(manager);
    await step(manager, id, 'accept-terms');
    expect((await step(manager, id, 'approve')).status).toBe(403);
    expect((await admin.post(`subscriptions/${id}/approve`)).status).toBe(428);
    expect((await stranger.get(`subscriptions/${id}`)).status).toBe(404);
    const sent = await stranger.send('POST', `subscriptions/${id}/terminate`, undefined, {
      'if-match': '"2"',
    });
    expect(sent.status).toBe(404);
    expect((await stranger.get(`tenants/${tenant}/subscriptions`)).status).toBe(404);
    expect((await stranger.get('subscriptions')).body['items']).toEqual([]);
  });

  test('that the partner has suspended is not resumed by its tenant', async () => {
    const id = await active();
    await step(manager, id, 'suspend');
    expect((await step(manager, id, 'resume')).body['status']).toBe('active');
    await step(admin, id, 'suspend');
    expect((await step(manager, id, 'resume')).body['code']).toBe('PERMISSION_DENIED');
    expect((await step(admin, id, 'resume')).body['status']).toBe('active');
  });

  test('is the only active one of an application for a product and purpose, also of two approved at once', async () => {
    const application = await newApplication(admin, tenant);
    const ids = [await requested(manager, {}, application), await requested(manager, {}, application)];
    for (const id of ids) await step(manager, id, 'accept-terms');
    const answers = await Promise.all(ids.map((id) => step(admin, id, 'approve')));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body['code']).toBe('ALREADY_EXISTS');
  });

  test('is changed by its tenant until the terms are accepted, and by the partner later too', async () => {
    const id = await requested(manager);
    const path = `subscriptions/${id}`;
    const widened = await manager.change('PATCH', path, { scopes: [VERIFY_SCOPE, SHARE_SCOPE] });
    expect(widened.body['scopes']).toEqual([VERIFY_SCOPE, SHARE_SCOPE]);
    await step(manager, id, 'accept-terms');
    expect((await manager.change('PATCH', path, { countries: ['ES'] })).body['code']).toBe(
      'INCOMPATIBLE_STATE',
    );
    expect((await manager.change('PATCH', path, { tags: ['ours'] })).body['tags']).toEqual(['ours']);
    expect((await admin.change('PATCH', path, { countries: ['ES'] })).body['countries']).toEqual(['ES']);
    const moved = await admin.change('PATCH', path, { purpose: 'dpv:ServiceProvision' });
    expect(locations(moved)).toEqual(['body.purpose']);
  });

  test.each([
    ['limits', { limits: { perDay: 1 } }],
    ['weaker hints', { allowedHints: ['operatortoken', 'tel'] }],
    ['a grant that proves no device', { grantTypes: ['client_credentials'] }],
  ])('is given %s by the partner only', async (_, more) => {
    const application = await newApplication(admin, tenant);
    const draft = draftFor(application, more);
    expect((await manager.post(`tenants/${tenant}/subscriptions`, draft)).body['code']).toBe(
      'PERMISSION_DENIED',
    );
    expect((await admin.post(`tenants/${tenant}/subscriptions`, draft)).status).toBe(201);
  });

  test.each([
    ['body.scopes.1', { scopes: [VERIFY_SCOPE, 'sim-swap:check'] }],
    ['body.grantTypes.0', { grantTypes: ['password'] }],
    ['body.product', { product: 'sim-swap' }],
    ['body.purpose', { purpose: 'fraud' }],
    ['body.planKey', { planKey: 'no-such-plan' }],
    ['body.planId', { planId: randomUUID() }],
    ['body.countries.0', { countries: ['es'] }],
    ['body.expiresAt', { expiresAt: 'tomorrow' }],
    ['body.status', { status: 'active' }],
    ['body.applicationId', { applicationId: randomUUID() }],
  ])('is refused for its %s', async (location, more) => {
    const application = await newApplication(admin, tenant);
    const answer = await manager.post(`tenants/${tenant}/subscriptions`, draftFor(application, more));
    expect([answer.status, locations(answer)]).toEqual([400, [location]]);
  });

  test('is not made for an application of another tenant', async () => {
    const theirs = await newApplication(admin, await newTenant(admin, 'Third'));
    const answer = await admin.post(`tenants/${tenant}/subscriptions`, draftFor(theirs));
    expect(locations(answer)).toEqual(['body.applicationId']);
  });

  test('leaves one audit row per step that was taken, and none of one that was refused', async () => {
    const id = await requested(manager, { grantTypes: ['authorization_code', CIBA] });
    await step(manager, id, 'accept-terms');
    expect((await step(manager, id, 'approve')).status).toBe(403);
    const { dataSource } = gateway.app.get(Database, { strict: false });
    const rows = await dataSource.query<{ action: string }[]>(
      `SELECT action FROM audit_events WHERE resource ->> 'id' = $1 ORDER BY seq`,
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['subscription.create', 'subscription.accept-terms']);
  });
});
