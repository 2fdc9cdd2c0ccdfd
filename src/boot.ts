import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, Ground } from './app.module.js';
import { AppConfig, readConfig } from './config/config.js';
import { Secret } from './contract/secret.js';
import { StartError } from './contract/start-error.js';
import { Database } from './database/database.js';
import { startEmbeddedPostgres } from './database/embedded-postgres.js';
import { LastKnownGood } from './database/last-known-good.js';
import { runMigrations } from './database/migrations.js';
import { Notifications } from './database/notifications.js';
import { startManagement } from './health/management.js';
import { Readiness } from './health/readiness.js';
import { Departure } from './http/departure.js';
import { fastifyOptions } from './http/fastify-options.js';
import { installShedding } from './limits/install-shedding.js';
import { Shedding } from './limits/shedding.js';
import { installHttp } from './http/install-http.js';
import { installTracing } from './http/install-tracing.js';
import { setupOpenApi } from './number-verification/setup-openapi.js';
import { loadOperators } from './operators/operators.js';
import { Sandbox } from './sandbox/sandbox.js';
import { completeConfig } from './sandbox-ground.js';
import { SandboxInfo, enterSandbox } from './sandbox-world.js';
import { CallLog } from './telemetry/call-log.js';
import { stdout } from './telemetry/log-output.js';
import { Logger, createLogger, nestLogger } from './telemetry/logger.js';
import { Metrics } from './telemetry/metrics.js';
import { startTracing } from './telemetry/tracing.js';
import { tenantEntities } from './tenants/entities.js';

export type { SandboxInfo } from './sandbox-world.js';

/** Longer than any call may take; what is not answered by then is a caller who sends nothing, or reads nothing. */
const CALLS_END_WITHIN_MS = 4_000;
const LOG_FLUSHED_WITHIN_MS = 500;

export interface Gateway {
  /** API root and issuer, without trailing slash. */
  url: string;
  managementUrl: string;
  config: AppConfig;
  app: NestFastifyApplication;
  /** Sandbox mode only. */
  sandbox?: SandboxInfo;
  /** The simulated operators, when this process runs them. */
  simulated?: Sandbox;
  /** Stops in order: not ready, drain, answer what is in flight, write what is outstanding. */
  close(): Promise<void>;
}

/** Steps that undo the start, run in reverse order. */
type Undo = (() => Promise<unknown>)[];

/**
 * Starts the whole gateway in this process; what had been started is stopped again when a step fails. Without
 * Postgres it starts from its last known good copies, or waits: outside sandbox mode, for ever.
 * @param env the environment variables of README's table
 * @param leaving gives the start up
 * @throws ConfigError | OperatorConfigError naming what is wrong and the remedy
 * @throws StartError when given up
 */
export async function startGateway(
  env: Readonly<Record<string, string | undefined>>,
  leaving?: AbortSignal,
): Promise<Gateway> {
  const undo: Undo = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const givenUp = new Promise<never>((_, reject) => {
      leaving?.addEventListener('abort', () => reject(new StartError('Stopped before it was ready.')));
    });
    return { ...(await Promise.race([start(env, undo), givenUp])), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  env: Readonly<Record<string, string | undefined>>,
  undo: Undo,
): Promise<Omit<Gateway, 'close'>> {
  const began = performance.now();
  const settings = readConfig(env);
  const metrics = new Metrics(settings.metrics);
  const logger = createLogger(settings.logLevel, metrics.process);
  undo.push(async () => {
    logger.info({ event: 'gateway.stopped' }, 'the gateway has stopped');
    await stdout().flushed(LOG_FLUSHED_WITHIN_MS);
  });
  if (settings.tracing) undo.push(await startTracing(settings.tracing));
  const config = await withDatabase(await completeConfig(settings, logger), logger, undo);
  const operators = loadOperators({
    directory: config.operatorsDir,
    secrets: config.operatorSecrets,
    sandboxUrl: config.sandbox ? config.sandboxUrl : undefined,
  });
  metrics.expect(
    operators.all().map(({ id, dialect, limits }) => ({
      id,
      dialect: dialect.name,
      maxInFlight: limits.maxInFlight,
    })),
  );
  const database = await openDatabase(config, logger, metrics, undo);
  const ground = { config, operators, logger, metrics, database, lastKnownGood: copies(config, logger) };
  let app: NestFastifyApplication | undefined;
  const readiness = new Readiness(
    () => database.wrongSchema,
    () => ({ postgres: postgresState(database, app) }),
    (ready) => metrics.process.ready(ready),
  );
  const { host, managementPort: port } = config;
  const management = await startManagement({ host, port, metrics, logger, readiness });
  undo.push(() => management.close());
  // No room may work on a database that it does not know to be of this version.
  await database.startWith(
    () => Promise.resolve(),
    () => ground.lastKnownGood.any(),
  );
  const departure = new Departure();
  app = await createApplication(ground, departure, undo);
  const gateway = { url: config.publicUrl!, managementUrl: management.url, config, app };
  const simulated = config.sandbox ? await enterSandbox(gateway, operators, logger, undo) : {};
  await app.listen({ port: config.port, host });
  undo.push(async () => {
    logger.info({ event: 'gateway.draining' }, 'the gateway is asked to stop');
    readiness.drain();
    departure.begin();
    await sleep(config.drainMs);
  });
  readiness.serve();
  logger.info(
    { event: 'gateway.started', duration_ms: Math.round(performance.now() - began) },
    'the gateway is ready',
  );
  return { ...gateway, ...simulated };
}

async function createApplication(
  ground: Ground,
  departure: Departure,
  undo: Undo,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(ground),
    new FastifyAdapter(fastifyOptions(departure)),
    { bodyParser: false, logger: nestLogger(ground.logger), abortOnError: false },
  );
  undo.push(async () => {
    const server = app.getHttpServer() as { closeAllConnections(): void };
    const cut = setTimeout(() => server.closeAllConnections(), CALLS_END_WITHIN_MS);
    await app.close().finally(() => clearTimeout(cut));
  });
  installHttp(app.getHttpAdapter().getInstance(), ground.metrics, app.get(CallLog));
  installTracing(app.getHttpAdapter().getInstance());
  installShedding(app.getHttpAdapter().getInstance(), app.get(Shedding), {
    finish: ['/number-verification/', '/token', '/upstream/'],
    start: ['/authorize', '/bc-authorize'],
    oauth: ['/token', '/authorize', '/bc-authorize', '/upstream/'],
  });
  setupOpenApi(app);
  return app;
}

/** Embedded PostgreSQL where no other is given; in sandbox mode the schema is brought up to date here. */
async function withDatabase(config: AppConfig, logger: Logger, undo: Undo): Promise<AppConfig> {
  if (!config.sandbox) return config;
  let { databaseUrl } = config;
  if (!databaseUrl) {
    const postgres = await startEmbeddedPostgres(config.dataDir, logger);
    undo.push(() => postgres.stop());
    databaseUrl = new Secret(postgres.url);
  }
  await runMigrations(databaseUrl.reveal());
  return Object.freeze({ ...config, databaseUrl });
}

/** In sandbox mode the database is there by now; elsewhere it may come when it likes. */
async function openDatabase(
  config: AppConfig,
  logger: Logger,
  metrics: Metrics,
  undo: Undo,
): Promise<Database> {
  const url = config.databaseUrl!.reveal();
  const options = { url, entities: tenantEntities, logger, metrics: metrics.database };
  const database = config.sandbox ? await Database.open(options) : Database.begin(options);
  undo.push(() => database.close());
  return database;
}

function copies({ dataDir, ...keys }: AppConfig, logger: Logger): LastKnownGood {
  const { keyEncryptionKey, previousKeyEncryptionKey } = keys;
  const all = [keyEncryptionKey, previousKeyEncryptionKey].filter((key) => key !== undefined);
  return new LastKnownGood(dataDir, all, logger);
}

/** For people who ask why a process is not ready, or whether it works from memory. */
function postgresState(database: Database, app: NestFastifyApplication | undefined): string {
  if (database.obstacle !== undefined) return `away: ${database.obstacle}`;
  return app && !app.get(Notifications).connected ? 'away' : 'up';
}
