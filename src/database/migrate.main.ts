import { Environment } from '../config/environment.js';
import { createLogger } from '../telemetry/logger.js';
import { runMigrations } from './migrations.js';

/** `npm run migrate`: needs DATABASE_URL and nothing else of the environment. */
async function main(): Promise<void> {
  const { DATABASE_URL: given } = process.env;
  const url = Environment.shape.DATABASE_URL.safeParse(given === '' ? undefined : given);
  if (!url.success || url.data === undefined) {
    throw new Error(
      `DATABASE_URL: ${given ? 'not usable' : 'required'}; allowed is postgres://user:password@host:port/database`,
    );
  }
  await runMigrations(url.data.reveal());
}

const logger = createLogger('info');
main().then(
  () => logger.info('the database has the newest schema'),
  (error: Error) => {
    logger.fatal(error.message);
    process.exitCode = 1;
  },
);
