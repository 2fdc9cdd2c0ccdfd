import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { privateKeyJwk, publicJwk } from '../src/sandbox-ground.js';
import { Tenants } from '../src/tenants/tenants.js';
import { ConfigRig, PURPOSE, SECRET, bank, fileWith } from './support/config-rig.js';
import { tokenFor } from './support/tokens.js';

const REDIRECT_URI = 'https://file-bank.example/callback';

let rig: ConfigRig;
beforeAll(async () => {
  rig = await ConfigRig.start();
}, 60_000);
afterAll(() => rig.close());

const actionsSince = async (from: string): Promise<string[]> => {
  const { body } = await rig.admin.get(`audit-events?from=${encodeURIComponent(from)}&limit=1000`);
  return (body['items'] as { action: string }[]).map(({ action }) => action);
};

test('an apply that fails half-way leaves nothing but its row in the audit log', async () => {
  const key = `half-${randomUUID()}`;
  const good = fileWith([bank(key)], { _tag: 'half' });
  const subject = `subject-${randomUUID()}`;
  const person = (its: string) => ({ key: its, kind: 'person', displayName: 'P', roles: ['User'], subject });
  const bad = fileWith([bank(key, { members: [person('one'), person('two')] })], { _tag: 'half' });
  const refused = await rig.plan(bad);
  expect(refused).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
  expect(refused.body['message']).toContain(`member ${key}/two`);
  const from = new Date(Date.now() - 1).toISOString();
  const failed = await rig.command(['apply', '-f', rig.fileOf(bad)]);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.err).toContain(`member ${key}/two`);
  expect((await rig.admin.get(`tenants?key=${key}`)).body['items']).toEqual([]);
  expect(await actionsSince(from)).toEqual(['config.apply-failed']);
  await rig.apply(good);
  expect((await actionsSince(from)).slice(0, 2)).toEqual(['config.apply', 'tenant.create']);
}, 60_000);

test('a tenant that comes from a file alone verifies a number', async () => {
  const device = rig.gateway.device('camara-2.1');
  const jwk = privateKeyJwk();
  const key = `file-${randomUUID()}`;
  const applied = await rig.apply(
    fileWith(
      [
        bank(key, {
          applications: [
            {
              key: 'app',
              name: 'App',
              redirectUris: [REDIRECT_URI],
              jwks: { keys: [publicJwk(jwk)] },
              subscriptions: [
                {
                  key: 'fraud',
                  purpose: PURPOSE,
                  scopes: [VERIFY_SCOPE],
                  grantTypes: ['authorization_code'],
                  legalBasis: 'dpv:LegitimateInterest',
                },
              ],
              registrations: [
                { operator: device.operator, clientId: `there-${randomUUID()}`, approval: 'approved' },
              ],
            },
          ],
        }),
      ],
      { _tag: key },
    ),
  );
  const application = (applied.body['changes'] as { resource: string; clientId?: string }[]).find(
    ({ resource }) => resource === 'application',
  );
  await rig.gateway.app.get(Tenants, { strict: false }).load();
  const asp = {
    issuer: rig.gateway.url,
    application: { clientId: application!.clientId!, privateKeyJwk: jwk, redirectUri: REDIRECT_URI },
  };
  const token = await tokenFor(asp, device.ip, { scope: `openid ${PURPOSE} ${VERIFY_SCOPE}` });
  const answer = await fetch(`${rig.gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber: device.phoneNumber }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, { devicePhoneNumberVerified: true }]);
});

test('hundreds of tenants with all that is theirs are planned and applied in one request each', async () => {
  const subscription = {
    key: 's',
    purpose: PURPOSE,
    scopes: [VERIFY_SCOPE],
    grantTypes: ['authorization_code'],
  };
  const registration = { operator: 'sandbox-camara-2-1', clientId: 'c', approval: 'approved' };
  const application = {
    key: 'app',
    name: 'App',
    subscriptions: [subscription],
    registrations: [registration],
  };
  const tenants = Array.from({ length: 200 }, (_, at) => bank(`many-${at}`, { applications: [application] }));
  const began = performance.now();
  const { status, body } = await rig.apply(fileWith(tenants, { _tag: 'many' }));
  process.stdout.write(`800 resources planned and applied in ${Math.round(performance.now() - began)} ms\n`);
  expect([status, (body['changes'] as unknown[]).length]).toEqual([200, 800]);
  expect((await rig.plan(fileWith(tenants, { _tag: 'many' }), 'prune=true')).body['changes']).toEqual([]);
}, 60_000);

test('no secret that a file refers to stands in the database', async () => {
  const registration = {
    operator: 'sandbox-camara-2-1',
    clientId: 'c',
    credential: '${env:CONFIG_SECRET_FIRST_BANK}',
  };
  const application = { key: 'app', name: 'App', registrations: [registration] };
  await rig.apply(fileWith([bank('secretive', { applications: [application] })], { _tag: 'secretive' }));
  const { manager } = rig.gateway.app.get(Database, { strict: false }).dataSource;
  const tables = ['operator_registrations', 'audit_events', 'idempotency_keys'];
  for (const table of tables) {
    const rows = await manager.query<object[]>(`SELECT t::text AS row FROM ${table} t`);
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  }
});
