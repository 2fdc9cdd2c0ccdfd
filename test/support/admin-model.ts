import { randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { Gateway } from '../../src/boot.js';
import { Database } from '../../src/database/database.js';
import { Macs } from '../../src/grants/macs.js';
import { SecretMode, mintClientSecret } from '../../src/tenants/client-secret.js';
import { Tenants } from '../../src/tenants/tenants.js';

type App = Pick<Gateway, 'app'>;

/** One statement, and the snapshot of this process with it. */
export async function change({ app }: App, sql: string, values: unknown[] = []): Promise<void> {
  await app.get(Database, { strict: false }).pool('admin').query(sql, values);
  await app.get(Tenants, { strict: false }).load();
}

/** A client secret of the one application there is. */
export async function giveSecret(gateway: App, mode: SecretMode): Promise<{ id: string; secret: string }> {
  const { secret, lookUp, lastFour } = mintClientSecret(mode);
  const hash = gateway.app.get(Macs, { strict: false }).of('pepper', Buffer.from(secret));
  const id = randomUUID();
  await change(
    gateway,
    `INSERT INTO credentials (id, tenant_id, application_id, mode, look_up, hash, last_four)
     SELECT $1, tenant_id, id, $2, $3, $4, $5 FROM applications`,
    [id, mode, lookUp, hash, lastFour],
  );
  return { id, secret };
}

/** A service of the partner's that may use the admin API. */
export async function giveMember(
  gateway: App,
  jwks: JSONWebKeySet,
): Promise<{ id: string; clientId: string }> {
  const [id, clientId] = [randomUUID(), randomUUID()];
  await change(
    gateway,
    `INSERT INTO members (id, key, kind, display_name, roles, client_id, jwks)
     VALUES ($1, $2, 'service', 'CI', '{partner-admin}', $3, $4)`,
    [id, `ci-${id}`, clientId, JSON.stringify(jwks)],
  );
  return { id, clientId };
}
