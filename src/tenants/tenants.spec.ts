import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { Grant } from '../contract/grant.js';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { patiently } from '../database/patiently.js';
import { Database } from '../database/database.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { tenantEntities } from './entities.js';
import { Seed, Seeded, seedTenant } from './seed.js';
import { Tenants } from './tenants.js';

const ANOTHER_ID = '0192f0c0-0000-7000-8000-00000000000f';
const PURPOSE = 'dpv:FraudPreventionAndDetection';
const seed: Seed = {
  clientId: 'client-1',
  jwks: { keys: [] },
  redirectUris: ['https://asp.example/callback'],
  operatorIds: ['operator-1', 'operator-2'],
};

let place: TestDatabase;
let database: Database;
let tenants: Tenants;
let seeded: Seeded;

const openDatabase = () =>
  Database.open({ url: place.url, entities: tenantEntities, logger: createLogger('silent') });
const tenantsOn = (on: Database) => new Tenants(on, new Metrics(), createLogger('silent'));
const sql = (text: string, values: unknown[] = []) => database.pool('admin').query(text, values);

beforeEach(async () => {
  place = await createTestDatabase();
  database = await openDatabase();
  seeded = await seedTenant(database, seed);
  tenants = tenantsOn(database);
  await patiently(() => tenants.load());
});

afterEach(async () => {
  await tenants.onApplicationShutdown();
  await database.close();
  await place.drop();
});

const grantOf = (changes: Partial<Grant> = {}): Grant => ({
  tenantId: seeded.tenantId,
  applicationId: seeded.applicationId,
  clientId: seeded.clientId,
  subscriptionId: seeded.subscriptionId,
  operatorId: 'operator-1',
  registrationId: seeded.registrations[0]!.id,
  scopes: [VERIFY_SCOPE],
  purpose: PURPOSE,
  amr: [],
  subject: 'pairwise-1',
  jti: 'jti-1',
  issuedAt: 1,
  expiresAt: 2,
  operatorToken: 'operator-token',
  ...changes,
});

function refusal(grant: Grant): string {
  try {
    tenants.require(grant);
    return 'allowed';
  } catch (error) {
    if (error instanceof Problem) return error.problem;
    throw error;
  }
}

describe('a call', () => {
  test('of an active subscription is allowed, and its client known', () => {
    expect(tenants.require(grantOf())).toMatchObject({
      tenantId: seeded.tenantId,
      application: { id: seeded.applicationId, clientId: 'client-1', redirectUris: seed.redirectUris },
      subscription: { id: seeded.subscriptionId },
      limits: { tenant: {}, subscription: { ratePerSecond: 1_000, burst: 1_000 } },
    });
  });

  test.each([
    ['tenant is suspended', "UPDATE tenants SET status = 'suspended'"],
    ['application is suspended', "UPDATE applications SET status = 'suspended'"],
    ['subscription is suspended', "UPDATE subscriptions SET status = 'suspended'"],
    ['subscription is not yet active', "UPDATE subscriptions SET status = 'pending'"],
    ['subscription is gone', 'DELETE FROM subscriptions'],
    ['subscription is deleted but not yet purged', 'UPDATE subscriptions SET deleted_at = now()'],
    ['application is deleted but not yet purged', 'UPDATE applications SET deleted_at = now()'],
    ['tenant is deleted but not yet purged', 'UPDATE tenants SET deleted_at = now()'],
    ['subscription has expired', "UPDATE subscriptions SET expires_at = now() - interval '1 second'"],
    ['subscription is of another product', "UPDATE subscriptions SET product = 'sim-swap'"],
    ['scope is no longer subscribed', `UPDATE subscriptions SET scopes = '{${SHARE_SCOPE}}'`],
    ['purpose is no longer subscribed', "UPDATE subscriptions SET purpose = 'dpv:Marketing'"],
    ['operator withdrew its approval', "UPDATE operator_registrations SET approval = 'rejected'"],
    ['registration is gone', 'DELETE FROM operator_registrations'],
  ])('is refused as 403 once its %s', async (_what, change) => {
    await sql(change);
    expect(refusal(grantOf())).toBe('allowed');
    await tenants.load();
    expect(refusal(grantOf())).toBe('permissionDenied');
  });

  test.each<keyof Grant>([
    'tenantId',
    'applicationId',
    'clientId',
    'subscriptionId',
    'operatorId',
    'registrationId',
    'purpose',
  ])('is refused as 403 when its %s is not of the same client', (name) => {
    expect(refusal(grantOf({ [name]: 'another' }))).toBe('permissionDenied');
  });

  test('with one scope more than subscribed is refused as 403', () => {
    expect(refusal(grantOf({ scopes: [VERIFY_SCOPE, 'sim-swap:check'] }))).toBe('permissionDenied');
  });
});

describe('a token of a credential', () => {
  const keyOf = (kid: string) => ({ kty: 'EC', kid });
  async function withSecret(): Promise<string> {
    const id = randomUUID();
    await sql(
      `INSERT INTO credentials (id, tenant_id, application_id, mode, look_up, hash, last_four)
       VALUES ($1, $2, $3, 'test', 'look-up', '\\x00', 'abcd')`,
      [id, seeded.tenantId, seeded.applicationId],
    );
    await tenants.load();
    return id;
  }

  test('is allowed while the secret lives, and refused as 401 once it is revoked', async () => {
    const id = await withSecret();
    expect(refusal(grantOf({ credential: `sec:${id}` }))).toBe('allowed');
    expect(tenants.credential('look-up')?.id).toBe(id);
    await sql('UPDATE credentials SET revoked_at = now()');
    await tenants.load();
    expect(refusal(grantOf({ credential: `sec:${id}` }))).toBe('tokenInvalid');
    expect(tenants.credential('look-up')).toBeUndefined();
  });

  test('is refused as 401 from the moment at which the secret expires, with no change in the database', async () => {
    const id = await withSecret();
    await sql("UPDATE credentials SET expires_at = now() + interval '1 second'");
    await tenants.load();
    expect(refusal(grantOf({ credential: `sec:${id}` }))).toBe('allowed');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(refusal(grantOf({ credential: `sec:${id}` }))).toBe('tokenInvalid');
  });

  test('is refused as 401 once its key is no longer one of the application', async () => {
    await sql('UPDATE applications SET jwks = $1', [{ keys: [keyOf('one'), keyOf('two')] }]);
    await tenants.load();
    expect(refusal(grantOf({ credential: 'key:one' }))).toBe('allowed');
    await sql('UPDATE applications SET jwks = $1', [{ keys: [keyOf('two')] }]);
    await tenants.load();
    expect(refusal(grantOf({ credential: 'key:one' }))).toBe('tokenInvalid');
    expect(refusal(grantOf({ credential: 'key:two' }))).toBe('allowed');
  });

  test("is refused as 401 with another application's secret", async () => {
    const id = await withSecret();
    await sql(
      `INSERT INTO applications (id, tenant_id, name, client_id, jwks, redirect_uris)
       VALUES ($1, $2, 'Another', 'client-9', '{"keys":[]}', '{}')`,
      [ANOTHER_ID, seeded.tenantId],
    );
    await sql('UPDATE credentials SET application_id = $1', [ANOTHER_ID]);
    await tenants.load();
    expect(refusal(grantOf({ credential: `sec:${id}` }))).toBe('tokenInvalid');
  });
});

describe('a member', () => {
  beforeEach(() =>
    sql(
      `INSERT INTO members (id, tenant_id, key, kind, display_name, roles, client_id, jwks)
       VALUES ($1, $2, 'robot', 'service', 'Robot', '{Administrator}', 'robot-1', '{"keys":[]}'),
              ($3, NULL, 'partner', 'service', 'Partner', '{partner-admin}', 'robot-2', '{"keys":[]}')`,
      [ANOTHER_ID, seeded.tenantId, randomUUID()],
    ),
  );

  test('of a suspended tenant is nobody; of the partner it stays', async () => {
    await tenants.load();
    expect(tenants.member('robot-1')?.roles).toEqual(['Administrator']);
    expect(tenants.memberById(ANOTHER_ID)?.tenantId).toBe(seeded.tenantId);
    await sql("UPDATE tenants SET status = 'suspended'");
    await tenants.load();
    expect(tenants.member('robot-1')).toBeUndefined();
    expect(tenants.memberById(ANOTHER_ID)).toBeUndefined();
    expect(tenants.member('robot-2')?.tenantId).toBeNull();
  });

  test('who is suspended or deleted is nobody', async () => {
    await sql("UPDATE members SET status = 'suspended' WHERE client_id = 'robot-1'");
    await sql("UPDATE members SET deleted_at = now() WHERE client_id = 'robot-2'");
    await tenants.load();
    expect(tenants.member('robot-1')).toBeUndefined();
    expect(tenants.member('robot-2')).toBeUndefined();
  });
});

describe('limits', () => {
  test("are the plan's, where the subscription has none of its own, and the tenant's beside them", async () => {
    await sql(
      `INSERT INTO plans (id, key, name, limits) VALUES ($1, 'basic', 'Basic', '{"ratePerSecond": 5, "perDay": 90}')`,
      [ANOTHER_ID],
    );
    await sql(`UPDATE subscriptions SET plan_id = $1, limits = '{"ratePerSecond": 7}'`, [ANOTHER_ID]);
    await sql(`UPDATE tenants SET limits = '{"perMonth": 1000}'`);
    await tenants.load();
    expect(tenants.require(grantOf()).limits).toEqual({
      tenant: { perMonth: 1_000 },
      subscription: { ratePerSecond: 7, perDay: 90 },
    });
  });
});

describe('the snapshot', () => {
  test('finds an application by its client_id only while it and its tenant are active', async () => {
    expect(tenants.application('client-1')?.id).toBe(seeded.applicationId);
    expect(tenants.application('client-2')).toBeUndefined();
    await sql("UPDATE tenants SET status = 'suspended'");
    await tenants.load();
    expect(tenants.application('client-1')).toBeUndefined();
  });

  test('finds the subscription that covers purpose and every scope', () => {
    const find = (purpose: string, scopes: string[]) =>
      tenants.subscriptionFor(seeded.applicationId, purpose, scopes)?.id;
    expect(find(PURPOSE, [VERIFY_SCOPE, SHARE_SCOPE])).toBe(seeded.subscriptionId);
    expect(find('dpv:Marketing', [VERIFY_SCOPE])).toBeUndefined();
    expect(find(PURPOSE, [VERIFY_SCOPE, 'sim-swap:check'])).toBeUndefined();
  });

  test('finds a registration only when approved, and by its id whatever its approval', async () => {
    const [first] = seeded.registrations;
    expect(tenants.registration('operator-1', seeded.applicationId)?.clientId).toBe(first!.clientId);
    expect(tenants.registration('operator-3', seeded.applicationId)).toBeUndefined();
    await sql("UPDATE operator_registrations SET approval = 'pending'");
    await tenants.load();
    expect(tenants.registration('operator-1', seeded.applicationId)).toBeUndefined();
    expect(tenants.registrationById(first!.id)?.approval).toBe('pending');
  });

  test('shows a change of another process within three seconds', async () => {
    tenants.watch();
    await sql("UPDATE tenants SET status = 'suspended'");
    for (const end = Date.now() + 3_000; refusal(grantOf()) === 'allowed' && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(refusal(grantOf())).toBe('permissionDenied');
  });

  test('keeps serving while the database is away', async () => {
    const away = await openDatabase();
    const watching = tenantsOn(away);
    await watching.load();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      watching.watch();
      await away.close();
      await jest.advanceTimersByTimeAsync(10_000);
    } finally {
      jest.useRealTimers();
    }
    await watching.onApplicationShutdown();
    expect(watching.require(grantOf()).tenantId).toBe(seeded.tenantId);
  });

  test('shows no change before its commit', async () => {
    const other = await database.pool('broker').connect();
    try {
      await other.query('BEGIN');
      await other.query("UPDATE tenants SET status = 'suspended'");
      await tenants.load();
      expect(refusal(grantOf())).toBe('allowed');
      await other.query('COMMIT');
      await tenants.load();
      expect(refusal(grantOf())).toBe('permissionDenied');
    } finally {
      other.release();
    }
  });
});

describe('seeding', () => {
  test('again changes keys and redirect URIs, and nothing else', async () => {
    const jwks = { keys: [{ kty: 'EC', kid: 'new' }] };
    const again = await seedTenant(database, {
      jwks,
      redirectUris: ['https://b.example/'],
      operatorIds: seed.operatorIds,
    });
    expect(again).toEqual(seeded);
    await tenants.load();
    expect(tenants.application('client-1')).toMatchObject({ jwks, redirectUris: ['https://b.example/'] });
  });

  test('from two processes at once gives both the same ids', async () => {
    await sql('TRUNCATE tenants, applications, subscriptions, operator_registrations, members, credentials');
    const other = await openDatabase();
    try {
      const fresh = { ...seed, clientId: undefined };
      const [one, two] = await Promise.all([seedTenant(database, fresh), seedTenant(other, fresh)]);
      expect(one).toEqual(two);
    } finally {
      await other.close();
    }
  });

  test('gives each operator another client_id', () => {
    const ids = seeded.registrations.map((one) => one.clientId);
    expect(new Set([...ids, seeded.clientId]).size).toBe(ids.length + 1);
  });
});
