import { AppConfig, ConfigError, readConfig } from './config/config.js';
import { Database } from './database/database.js';
import { KeyEncryption } from './grants/key-encryption.js';
import { RotationRefused } from './grants/key-store.js';
import { KeyUpkeep } from './grants/key-upkeep.js';
import { KeysUsageError, readKeysCommand, runKeysCommand } from './grants/keys-command.js';
import { StartError } from './contract/start-error.js';
import { completeConfig } from './sandbox-ground.js';
import { Logger, createLogger } from './telemetry/logger.js';

const UNDEFINED_TABLE = '42P01';

/** `npm run keys -- …`, with the environment of the gateway whose keys are meant. */
async function main(args: readonly string[]): Promise<string> {
  const command = readKeysCommand(args);
  const logger = createLogger('silent');
  const { database: url, encryption } = await ground(logger);
  const database = await Database.open({ url, entities: [], logger });
  try {
    return await runKeysCommand(command, new KeyUpkeep(database, encryption));
  } finally {
    await database.close();
  }
}

async function ground(logger: Logger): Promise<{ database: string; encryption: KeyEncryption }> {
  const settings: AppConfig = readConfig(process.env);
  const { databaseUrl } = settings;
  if (!databaseUrl) {
    throw new ConfigError(
      'DATABASE_URL: not given. The embedded database of the sandbox belongs to the running gateway alone: ' +
        'nothing else reaches it. Give gateway and command the same DATABASE_URL.',
    );
  }
  const { keyEncryptionKey, previousKeyEncryptionKey } = await completeConfig(settings, logger);
  if (!keyEncryptionKey) throw new ConfigError('KEY_ENCRYPTION_KEY: required, not given');
  return {
    database: databaseUrl.reveal(),
    encryption: new KeyEncryption({ keyEncryptionKey, previousKeyEncryptionKey }),
  };
}

function explain(error: unknown): string {
  const known = [StartError, KeysUsageError, RotationRefused];
  if (known.some((type) => error instanceof type)) return (error as Error).message;
  const { code, stack } = error as { code?: string; stack?: string };
  if (code === UNDEFINED_TABLE)
    return 'The database has no keys yet: npm run migrate, then start the gateway.';
  return stack ?? String(error);
}

main(process.argv.slice(2)).then(
  (said) => process.stdout.write(`${said}\n`),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  },
);
