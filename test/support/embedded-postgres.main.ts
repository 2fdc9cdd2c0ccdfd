import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { createLogger } from '../../src/telemetry/logger.js';

/** A process that starts a server in the folder of its first argument, says where, and stays. */
async function main(): Promise<void> {
  const { url } = await startEmbeddedPostgres(process.argv[2]!, createLogger('silent'));
  process.stdout.write(`${url}\n`);
  setInterval(() => {}, 60_000);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
