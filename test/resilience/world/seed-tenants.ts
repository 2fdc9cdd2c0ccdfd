import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../../../src/contract/number-verification.js';
import { VIRTUAL_OPERATORS } from '../virtual-operators.js';

/** One ASP with one application and one subscription, registered at every operator. */
export interface SeededTenant {
  readonly tenantId: string;
  readonly applicationId: string;
  readonly clientId: string;
  readonly subscriptionId: string;
  /** By operator id. */
  readonly registrations: Readonly<Record<string, string>>;
}

export const PURPOSE = 'dpv:FraudPreventionAndDetection';

/** Writes them in a handful of statements. They have no limits; a phase that wants some sets them. */
export async function seedTenants(pool: Pool, count: number): Promise<SeededTenant[]> {
  const operators = VIRTUAL_OPERATORS.map(({ id }) => id);
  const tenants = Array.from({ length: count }, (_, index) => ({
    tenantId: randomUUID(),
    applicationId: randomUUID(),
    clientId: `asp-${index}-${randomUUID()}`,
    subscriptionId: randomUUID(),
    registrations: Object.fromEntries(operators.map((id) => [id, randomUUID()])),
  }));
  const column = (name: 'tenantId' | 'applicationId' | 'clientId' | 'subscriptionId'): string[] =>
    tenants.map((tenant) => tenant[name]);
  await pool.query(
    `INSERT INTO tenants (id, name) SELECT id, 'Virtual ASP ' || n FROM unnest($1::uuid[]) WITH ORDINALITY u (id, n)`,
    [column('tenantId')],
  );
  await pool.query(
    `INSERT INTO applications (id, tenant_id, name, client_id, jwks, redirect_uris)
     SELECT id, tenant_id, 'Virtual application', client_id, '{"keys":[]}', '{https://asp.example/callback}'
     FROM unnest($1::uuid[], $2::uuid[], $3::text[]) u (id, tenant_id, client_id)`,
    [column('applicationId'), column('tenantId'), column('clientId')],
  );
  await pool.query(
    `INSERT INTO subscriptions (id, application_id, tenant_id, product, purpose, scopes, grant_types, status)
     SELECT id, application_id, tenant_id, 'number-verification', $4, $5, $6, 'active'
     FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) u (id, application_id, tenant_id)`,
    [
      column('subscriptionId'),
      column('applicationId'),
      column('tenantId'),
      PURPOSE,
      [VERIFY_SCOPE, SHARE_SCOPE],
      ['authorization_code'],
    ],
  );
  const registrations = tenants.flatMap(({ applicationId, tenantId, registrations }) =>
    Object.entries(registrations).map(([operatorId, id]) => ({ id, operatorId, applicationId, tenantId })),
  );
  await pool.query(
    `INSERT INTO operator_registrations (id, operator_id, application_id, tenant_id, client_id, approval)
     SELECT id, operator_id, application_id, tenant_id, 'virtual-client', 'approved'
     FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[]) u (id, operator_id, application_id, tenant_id)`,
    [
      registrations.map(({ id }) => id),
      registrations.map(({ operatorId }) => operatorId),
      registrations.map(({ applicationId }) => applicationId),
      registrations.map(({ tenantId }) => tenantId),
    ],
  );
  return tenants;
}
