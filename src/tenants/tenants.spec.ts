import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
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
      subscription: { id: seeded.subscriptionId, ratePerSecond: 1_000, burst: 1_000 },
    });
  });

  test.each([
    ['tenant is suspended', "UPDATE tenants SET status = 'suspended'"],
    ['application is suspended', "UPDATE applications SET status = 'suspended'"],
    ['subscription is suspended', "UPDATE subscriptions SET status = 'suspended'"],
    ['subscription is not yet active', "UPDATE subscriptions SET status = 'pending'"],
    ['subscription is gone', 'DELETE FROM subscriptions'],
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
    await sql('TRUNCATE tenants, applications, subscriptions, operator_registrations');
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
