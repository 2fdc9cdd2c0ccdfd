import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { AdminClient, adminOf, memberOf } from './support/admin.js';
import { idOf, newApplication, newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { tokenFor } from './support/tokens.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';

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

describe('plans and products', () => {
  test('a product is listed with its scopes and grants, and a plan is shared by key', async () => {
    const { body } = await manager.get('products');
    expect(body['items']).toMatchObject([
      { key: 'number-verification', scopes: [VERIFY_SCOPE, SHARE_SCOPE] },
    ]);
    const key = `gold-${randomUUID()}`;
    const plan = idOf(await admin.post('plans', { key, name: 'Gold', limits: { perMonth: 1000 } }));
    expect((await manager.get(`plans/${plan}`)).body).toMatchObject({
      name: 'Gold',
      limits: { perMonth: 1000 },
    });
    const draft = draftFor(await newApplication(admin, tenant), { planKey: key });
    const id = idOf(await manager.post(`tenants/${tenant}/subscriptions`, draft));
    expect((await manager.get(`subscriptions/${id}`)).body['planId']).toBe(plan);
    expect((await admin.change('DELETE', `plans/${plan}`)).body['code']).toBe('INCOMPATIBLE_STATE');
    const path = `subscriptions/${id}`;
    await admin.change('POST', `${path}/terminate`, undefined, path);
    expect((await admin.change('DELETE', `plans/${plan}`)).status).toBe(204);
  });

  test('a plan is changed by the partner only', async () => {
    const plan = idOf(await admin.post('plans', { name: 'Silver', limits: {} }));
    expect((await manager.change('PATCH', `plans/${plan}`, { name: 'Mine' })).status).toBe(403);
    const changed = await admin.change('PUT', `plans/${plan}`, { name: 'Bronze', limits: { perDay: 5 } });
    expect(changed.body).toMatchObject({ name: 'Bronze', limits: { perDay: 5 }, version: 2 });
    expect((await admin.post('plans', { name: 'x' })).status).toBe(400);
  });
});

describe('quotas', () => {
  test('are those of the plan with the subscription’s own before them, and strangers see none', async () => {
    const plan = idOf(await admin.post('plans', { name: 'P', limits: { perDay: 10, perMonth: 100 } }));
    const own = await newTenant(admin, 'Measured');
    const application = await newApplication(admin, own);
    await admin.change('PATCH', `tenants/${own}`, { limits: { perMonth: 500 } });
    const draft = draftFor(application, { planId: plan, limits: { perDay: 3 } });
    const subscription = idOf(await admin.post(`tenants/${own}/subscriptions`, draft));
    expect((await admin.get(`tenants/${own}/quotas`)).body).toMatchObject({
      tenantId: own,
      limits: { perMonth: 500 },
      used: { today: 0, thisMonth: 0 },
      subscriptions: [{ id: subscription, limits: { perDay: 3, perMonth: 100 }, used: { today: 0 } }],
    });
    expect((await stranger.get(`tenants/${own}/quotas`)).status).toBe(404);
  });

  test('count the calls that were dispatched', async () => {
    const { body } = await admin.get('tenants?key=sandbox');
    const [sandbox] = body['items'] as { id: string }[];
    const device = gateway.device('camara-2.1');
    const token = await tokenFor(gateway.sandbox, device.ip, { scope: `openid ${PURPOSE} ${VERIFY_SCOPE}` });
    const verified = await fetch(`${gateway.url}/number-verification/v2/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ phoneNumber: device.phoneNumber }),
    });
    expect(verified.status).toBe(200);
    const quotas = await admin.get(`tenants/${sandbox!.id}/quotas`);
    expect(quotas.body['used']).toEqual({ today: 1, thisMonth: 1 });
  });
});
