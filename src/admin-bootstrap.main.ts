import { randomUUID } from 'node:crypto';
import { AuditTrail } from './admin/audit-trail.js';
import { ConfigError, readConfig } from './config/config.js';
import { StartError } from './contract/start-error.js';
import { Database } from './database/database.js';
import { KeyEncryption } from './grants/key-encryption.js';
import { KeyRing } from './grants/key-ring.js';
import { KeyStore } from './grants/key-store.js';
import { Macs } from './grants/macs.js';
import { completeConfig, privateKeyJwk, publicJwk } from './sandbox-ground.js';
import { createLogger } from './telemetry/logger.js';
import { createFirstPartnerAdmin } from './tenants/bootstrap.js';
import { tenantEntities } from './tenants/entities.js';

/** `npm run admin:bootstrap`: the first partner admin, whose private key is shown here and kept nowhere. */
async function main(): Promise<string> {
  const logger = createLogger('silent');
  const settings = readConfig(process.env);
  if (!settings.databaseUrl) {
    throw new ConfigError(
      'DATABASE_URL: not given. A sandbox with its embedded database has its admin in `.data/sandbox.json`.',
    );
  }
  const { keyEncryptionKey, previousKeyEncryptionKey } = await completeConfig(settings, logger);
  if (!keyEncryptionKey) throw new ConfigError('KEY_ENCRYPTION_KEY: required, not given');
  const database = await Database.open({
    url: settings.databaseUrl.reveal(),
    entities: tenantEntities,
    logger,
  });
  try {
    const encryption = new KeyEncryption({ keyEncryptionKey, previousKeyEncryptionKey });
    const ring = new KeyRing(new KeyStore(database, encryption), logger);
    await ring.ensure(['audit']);
    return await bootstrap(database, new AuditTrail(new Macs(ring)));
  } finally {
    await database.close();
  }
}

async function bootstrap(database: Database, audit: AuditTrail): Promise<string> {
  const jwk = privateKeyJwk();
  const clientId = `admin-${randomUUID()}`;
  const jwks = { keys: [publicJwk(jwk)] };
  const id = await database.dataSource.transaction(async (manager) => {
    const made = await createFirstPartnerAdmin(manager, { clientId, jwks });
    if (made === undefined) return undefined;
    await audit.append(
      manager,
      {
        principal: { type: 'system', id: 'admin:bootstrap', roles: [], display: 'admin:bootstrap' },
        correlator: randomUUID(),
      },
      {
        action: 'member.create',
        resource: { type: 'member', id: made, key: 'first-admin' },
        tenantId: null,
        after: { roles: ['partner-admin'], clientId, kids: [jwk.kid] },
      },
    );
    return made;
  });
  if (id === undefined) {
    throw new ConfigError(
      'There is a partner admin already. Who is one makes others: POST /admin/v1/members.',
    );
  }
  return JSON.stringify({ clientId, privateKeyJwk: jwk, scope: 'admin:read admin:write' }, null, 2);
}

main().then(
  (credential) => process.stdout.write(`${credential}\n`),
  (error: unknown) => {
    const text = error instanceof StartError ? error.message : String((error as Error).stack ?? error);
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  },
);
