import { AuditTrail } from './admin/audit-trail.js';
import { ConfigCommand, ConfigUsageError, readCommandLine } from './admin/declared/command-line.js';
import { Outcome, readFileOf, runConfigCommand, runDump } from './admin/declared/config-command.js';
import { Configuration } from './admin/declared/configuration.js';
import { refusalText } from './admin/declared/plan-text.js';
import { DocumentError } from './admin/declared/read-document.js';
import { secretSource } from './admin/declared/secret-reference.js';
import { AdminRefusal } from './admin/refusal.js';
import { Transactions } from './admin/transactions.js';
import { ConfigError, readConfig } from './config/config.js';
import { StartError } from './contract/start-error.js';
import { Database } from './database/database.js';
import { KeyEncryption } from './grants/key-encryption.js';
import { KeyRing } from './grants/key-ring.js';
import { KeyStore } from './grants/key-store.js';
import { Macs } from './grants/macs.js';
import { Vault } from './grants/vault.js';
import { loadOperators } from './operators/operators.js';
import { completeConfig } from './sandbox-ground.js';
import { createLogger } from './telemetry/logger.js';
import { tenantEntities } from './tenants/entities.js';

const UNDEFINED_TABLE = '42P01';

/** `npm run config -- …`, with the environment of the gateway that is configured. */
async function main(args: readonly string[]): Promise<Outcome> {
  const command = readCommandLine(args);
  if (command.name !== 'validate') return withDatabase(command);
  const { tenants } = readFileOf(command);
  return { text: `${command.file} is well-formed: ${tenants.length} tenants.`, exitCode: 0 };
}

async function withDatabase(command: ConfigCommand): Promise<Outcome> {
  const document = command.name === 'dump' ? undefined : readFileOf(command);
  const logger = createLogger('silent');
  const settings = readConfig(process.env);
  if (!settings.databaseUrl) {
    throw new ConfigError(
      'DATABASE_URL: not given. The embedded database of the sandbox belongs to the running gateway alone: ' +
        'send the file to POST /admin/v1/config:plan and config:apply.',
    );
  }
  const config = await completeConfig(settings, logger);
  const { keyEncryptionKey, previousKeyEncryptionKey, operatorSecrets: secrets } = config;
  if (!keyEncryptionKey) throw new ConfigError('KEY_ENCRYPTION_KEY: required, not given');
  const sandboxUrl = config.sandbox ? config.sandboxUrl : undefined;
  const operators = loadOperators({ directory: config.operatorsDir, secrets, sandboxUrl });
  const url = settings.databaseUrl.reveal();
  const database = await Database.open({ url, entities: tenantEntities, logger });
  try {
    const encryption = new KeyEncryption({ keyEncryptionKey, previousKeyEncryptionKey });
    const ring = new KeyRing(new KeyStore(database, encryption), logger);
    await ring.ensure(['audit', 'pepper', 'vault']);
    const macs = new Macs(ring);
    const bench = {
      configuration: new Configuration(operators, new Vault(ring), macs),
      transactions: new Transactions(database),
      audit: new AuditTrail(macs),
      secrets: secretSource(config.configSecrets, true),
    };
    return document ? await runConfigCommand(command, bench, document) : await runDump(command, bench);
  } finally {
    await database.close();
  }
}

function explain(error: unknown): string {
  if (error instanceof AdminRefusal) return refusalText(error);
  const known = [StartError, ConfigUsageError, DocumentError];
  if (known.some((type) => error instanceof type)) return (error as Error).message;
  const { code, stack } = error as { code?: string; stack?: string };
  return code === UNDEFINED_TABLE
    ? 'The database has no tenants yet: npm run migrate.'
    : (stack ?? String(error));
}

function report({ text, exitCode }: Outcome): void {
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCode;
}

main(process.argv.slice(2)).then(report, (error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
