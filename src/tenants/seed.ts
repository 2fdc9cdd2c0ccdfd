import { randomBytes, randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { EntityManager } from 'typeorm';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Database } from '../database/database.js';
import { ApplicationEntity } from './application.entity.js';
import { RegistrationEntity } from './registration.entity.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { TenantEntity } from './tenant.entity.js';
import { NUMBER_VERIFICATION } from './snapshot.js';

const TENANT_ID = '0192f0c0-0000-7000-8000-000000000001';
const APPLICATION_ID = '0192f0c0-0000-7000-8000-000000000002';
const SUBSCRIPTION_ID = '0192f0c0-0000-7000-8000-000000000003';

export interface Seed {
  /** Kept, or made when there is none, unless given. */
  clientId?: string;
  jwks: JSONWebKeySet;
  redirectUris: string[];
  /** Where the application is registered, and approved. */
  operatorIds: readonly string[];
  /** Calls per second and at once; 1,000 each unless given. */
  ratePerSecond?: number;
  burst?: number;
}

export interface Seeded {
  tenantId: string;
  applicationId: string;
  clientId: string;
  subscriptionId: string;
  registrations: { id: string; operatorId: string; clientId: string }[];
}

/** One tenant with one application that may do everything, for the sandbox. Seeding again updates it. */
export function seedTenant(database: Database, seed: Seed): Promise<Seeded> {
  return database.dataSource.transaction(async (manager) => {
    // Two processes that seed at once would each make up client ids.
    await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('seed', 0))");
    await manager.upsert(
      TenantEntity,
      { id: TENANT_ID, key: 'sandbox', name: 'Sandbox ASP', status: 'active' },
      ['id'],
    );
    const clientId = await seedApplication(manager, seed);
    await manager.upsert(
      SubscriptionEntity,
      {
        id: SUBSCRIPTION_ID,
        key: 'fraud-prevention',
        tenantId: TENANT_ID,
        applicationId: APPLICATION_ID,
        product: NUMBER_VERIFICATION,
        purpose: 'dpv:FraudPreventionAndDetection',
        scopes: [VERIFY_SCOPE, SHARE_SCOPE],
        grantTypes: [
          'authorization_code',
          'urn:openid:params:grant-type:ciba',
          'urn:ietf:params:oauth:grant-type:jwt-bearer',
        ],
        status: 'active',
        legalBasis: 'dpv:LegitimateInterest',
        limits: { ratePerSecond: seed.ratePerSecond ?? 1_000, burst: seed.burst ?? 1_000 },
      },
      ['id'],
    );
    return {
      tenantId: TENANT_ID,
      applicationId: APPLICATION_ID,
      clientId,
      subscriptionId: SUBSCRIPTION_ID,
      registrations: await seedRegistrations(manager, seed.operatorIds),
    };
  });
}

async function seedApplication(manager: EntityManager, seed: Seed): Promise<string> {
  const before = await manager.findOneBy(ApplicationEntity, { id: APPLICATION_ID });
  const clientId = seed.clientId ?? before?.clientId ?? randomUUID();
  await manager.upsert(
    ApplicationEntity,
    {
      id: APPLICATION_ID,
      key: 'sandbox',
      tenantId: TENANT_ID,
      name: 'Sandbox application',
      clientId,
      jwks: seed.jwks,
      redirectUris: seed.redirectUris,
      status: 'active',
    },
    ['id'],
  );
  return clientId;
}

async function seedRegistrations(
  manager: EntityManager,
  operatorIds: readonly string[],
): Promise<Seeded['registrations']> {
  const before = await manager.findBy(RegistrationEntity, { applicationId: APPLICATION_ID });
  const known = new Map(before.map((one) => [one.operatorId, one]));
  const seeded = operatorIds.map((operatorId) => ({
    id: known.get(operatorId)?.id ?? randomUUID(),
    key: operatorId,
    operatorId,
    tenantId: TENANT_ID,
    applicationId: APPLICATION_ID,
    clientId: known.get(operatorId)?.clientId ?? randomBytes(12).toString('base64url'),
    approval: 'approved' as const,
  }));
  if (seeded.length > 0) await manager.upsert(RegistrationEntity, seeded, ['id']);
  return seeded.map(({ id, operatorId, clientId }) => ({ id, operatorId, clientId }));
}
