import { ConfigError, readConfig } from './config/config.js';
import { StartError } from './contract/start-error.js';
import { Database } from './database/database.js';
import { LedgerUsageError, readLedgerCommand, runLedgerCommand } from './ledger/ledger-command.js';
import { createLogger } from './telemetry/logger.js';

const UNDEFINED_TABLE = '42P01';
/** A ledger of a year is large, and nobody waits for its proof. */
const TIMEOUT_MS = 600_000;

/** `npm run ledger:check`, with the environment of the gateway. */
async function main(args: readonly string[]): Promise<void> {
  const command = readLedgerCommand(args);
  const { databaseUrl, ledger } = readConfig(process.env);
  if (!databaseUrl) {
    throw new ConfigError(
      'DATABASE_URL: not given. The embedded database of the sandbox belongs to the running gateway alone.',
    );
  }
  const database = await Database.open({
    url: databaseUrl.reveal(),
    entities: [],
    logger: createLogger('silent'),
  });
  try {
    const timeouts = { statement_timeout: TIMEOUT_MS, query_timeout: TIMEOUT_MS + 1_000 };
    const { text, ok } = await runLedgerCommand(command, database.pool('admin', timeouts), ledger.journalDir);
    process.stdout.write(`${text}\n`);
    process.exitCode = ok ? 0 : 1;
  } finally {
    await database.close();
  }
}

function explain(error: unknown): string {
  const known = [StartError, LedgerUsageError];
  if (known.some((type) => error instanceof type)) return (error as Error).message;
  const { code, stack } = error as { code?: string; stack?: string };
  if (code === UNDEFINED_TABLE) return 'The database has no ledger yet: npm run migrate.';
  return stack ?? String(error);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
