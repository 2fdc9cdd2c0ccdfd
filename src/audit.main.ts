import { AuditVerdict, verifyAudit } from './admin/audit-verify.js';
import { ConfigError, readConfig } from './config/config.js';
import { StartError } from './contract/start-error.js';
import { Database } from './database/database.js';
import { Reports } from './database/reports.js';
import { KeyEncryption } from './grants/key-encryption.js';
import { KeyRing } from './grants/key-ring.js';
import { KeyStore } from './grants/key-store.js';
import { Macs } from './grants/macs.js';
import { completeConfig } from './sandbox-ground.js';
import { createLogger } from './telemetry/logger.js';

const UNDEFINED_TABLE = '42P01';

/** `npm run audit:verify`, with the environment of the gateway whose audit log is meant. */
async function main(): Promise<AuditVerdict> {
  const logger = createLogger('silent');
  const settings = readConfig(process.env);
  if (!settings.databaseUrl) {
    throw new ConfigError(
      'DATABASE_URL: not given. The embedded database of the sandbox belongs to the running gateway alone.',
    );
  }
  const { keyEncryptionKey, previousKeyEncryptionKey } = await completeConfig(settings, logger);
  if (!keyEncryptionKey) throw new ConfigError('KEY_ENCRYPTION_KEY: required, not given');
  const database = await Database.open({ url: settings.databaseUrl.reveal(), entities: [], logger });
  try {
    const encryption = new KeyEncryption({ keyEncryptionKey, previousKeyEncryptionKey });
    const ring = new KeyRing(new KeyStore(database, encryption), logger);
    await ring.ensure(['audit']);
    const macs = new Macs(ring);
    return await new Reports(database).run(null, (snapshot) =>
      verifyAudit(snapshot, (data) => macs.of('audit', data)),
    );
  } finally {
    await database.close();
  }
}

function report({ count, broken }: AuditVerdict): void {
  process.stdout.write(`Audit events read: ${count}.\n`);
  if (!broken) {
    process.stdout.write('The log is as it was written.\n');
    return;
  }
  process.stdout.write(`BROKEN at row ${broken.seq}: ${broken.why}.\n`);
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  const { code, stack } = error as { code?: string; stack?: string };
  return code === UNDEFINED_TABLE
    ? 'The database has no audit log yet: npm run migrate, then start the gateway.'
    : (stack ?? String(error));
}

main().then(report, (error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
