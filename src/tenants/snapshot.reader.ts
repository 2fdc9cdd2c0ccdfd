import type { Pool, PoolClient } from 'pg';
import {
  Application,
  NUMBER_VERIFICATION,
  Registration,
  Snapshot,
  Subscription,
  Tenant,
} from './snapshot.js';

const REVISION = 'SELECT revision FROM tenants_revision';

/** @returns a value that is another one after every committed change */
export async function readRevision(pool: Pool | PoolClient): Promise<string> {
  const { rows } = await pool.query<{ revision: string }>(REVISION);
  return rows[0]!.revision;
}

/** Reads everything as of one moment: plain pg, because ten thousand tenants must load without a pause. */
export async function readSnapshot(pool: Pool): Promise<{ revision: string; snapshot: Snapshot }> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const revision = await readRevision(client);
    const snapshot = new Snapshot(await readRows(client));
    await client.query('COMMIT');
    return { revision, snapshot };
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.release(failure);
  }
}

async function readRows(client: PoolClient): Promise<ConstructorParameters<typeof Snapshot>[0]> {
  const tenants = await client.query<Tenant>('SELECT id, name, status FROM tenants');
  const applications = await client.query<Application>(
    `SELECT id, tenant_id AS "tenantId", name, client_id AS "clientId", jwks,
            redirect_uris AS "redirectUris", status
     FROM applications`,
  );
  const subscriptions = await client.query<Subscription>(
    `SELECT id, application_id AS "applicationId", product, purpose, scopes, grant_types AS "grantTypes",
            allowed_hints AS "allowedHints", status, rate_per_second AS "ratePerSecond", burst
     FROM subscriptions WHERE product = $1 ORDER BY id`,
    [NUMBER_VERIFICATION],
  );
  const registrations = await client.query<Registration>(
    `SELECT id, operator_id AS "operatorId", application_id AS "applicationId", client_id AS "clientId",
            approval
     FROM operator_registrations`,
  );
  return {
    tenants: tenants.rows,
    applications: applications.rows,
    subscriptions: subscriptions.rows,
    registrations: registrations.rows,
  };
}
