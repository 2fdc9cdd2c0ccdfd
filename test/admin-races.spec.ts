import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { AdminAnswer, AdminClient, adminOf } from './support/admin.js';
import { idOf, locations, newApplication, newTenant } from './support/admin-rig.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

/** Long enough for a request to have come to the lock, short enough for it to go on waiting there. */
const WAITING_MS = 150;

let gateway: TestGateway;
let admin: AdminClient;
beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await adminOf(gateway);
});
afterAll(() => gateway.close());

/** Sends while the row is being deleted, as the admin API deletes it: locked first, then marked. */
async function whileDeleting(
  table: string,
  id: string,
  send: () => Promise<AdminAnswer>,
): Promise<AdminAnswer> {
  const runner = gateway.app.get(Database, { strict: false }).dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query(`SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [id]);
    await runner.query(`UPDATE ${table} SET deleted_at = now(), version = version + 1 WHERE id = $1`, [id]);
    const answer = send();
    await sleep(WAITING_MS);
    await runner.commitTransaction();
    return await answer;
  } finally {
    await runner.release();
  }
}

const draftFor = (applicationId: string, more: object = {}): object => ({
  applicationId,
  purpose: 'dpv:FraudPreventionAndDetection',
  scopes: [VERIFY_SCOPE],
  grantTypes: ['authorization_code'],
  ...more,
});

async function count(table: string, column: string, id: string): Promise<number> {
  const { manager } = gateway.app.get(Database, { strict: false }).dataSource;
  const rows = await manager.query<unknown[]>(`SELECT 1 FROM ${table} WHERE ${column} = $1`, [id]);
  return rows.length;
}

test('no subscription comes to an application that is being deleted', async () => {
  const tenant = await newTenant(admin);
  const application = await newApplication(admin, tenant);
  const answer = await whileDeleting('applications', application, () =>
    admin.post(`tenants/${tenant}/subscriptions`, draftFor(application)),
  );
  expect([answer.status, locations(answer)]).toEqual([400, ['body.applicationId']]);
  expect(await count('subscriptions', 'application_id', application)).toBe(0);
});

test('no registration comes to an application that is being deleted', async () => {
  const application = await newApplication(admin, await newTenant(admin));
  const { operator } = gateway.device('camara-2.1');
  const answer = await whileDeleting('applications', application, () =>
    admin.post(`operators/${operator}/registrations`, { applicationId: application, clientId: randomUUID() }),
  );
  expect(answer.status).toBe(400);
  expect(await count('operator_registrations', 'application_id', application)).toBe(0);
});

test('no application and no member come to a tenant that is being deleted', async () => {
  const drafts = {
    applications: { name: 'App' },
    members: { kind: 'person', displayName: 'P', roles: ['User'], subject: randomUUID() },
  };
  for (const [table, draft] of Object.entries(drafts)) {
    const tenant = await newTenant(admin);
    const answer = await whileDeleting('tenants', tenant, () =>
      admin.post(`tenants/${tenant}/${table}`, draft),
    );
    expect(answer.status).toBe(404);
    expect(await count(table, 'tenant_id', tenant)).toBe(0);
  }
});

test('no subscription comes to a plan that is being deleted', async () => {
  const tenant = await newTenant(admin);
  const application = await newApplication(admin, tenant);
  const planId = idOf(await admin.post('plans', { name: 'Plan', limits: {} }));
  const answer = await whileDeleting('plans', planId, () =>
    admin.post(`tenants/${tenant}/subscriptions`, draftFor(application, { planId })),
  );
  expect([answer.status, locations(answer)]).toEqual([400, ['body.planId']]);
});
