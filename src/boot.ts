import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { AppConfig, readConfig } from './config/config.js';
import { Secret } from './contract/secret.js';
import { Database } from './database/database.js';
import { startEmbeddedPostgres } from './database/embedded-postgres.js';
import { runMigrations } from './database/migrations.js';
import { patiently } from './database/patiently.js';
import { startManagement } from './health/management.js';
import { fastifyOptions } from './http/fastify-options.js';
import { installHttp } from './http/install-http.js';
import { setupOpenApi } from './number-verification/setup-openapi.js';
import { Operators, loadOperators } from './operators/operators.js';
import { SandboxDevice, defaultDevice } from './sandbox/devices.js';
import { Sandbox, startSandbox } from './sandbox/sandbox.js';
import {
  SandboxApplication,
  completeConfig,
  publicJwk,
  sandboxApplication,
  writePrivately,
} from './sandbox-ground.js';
import { Logger, createLogger, nestLogger } from './telemetry/logger.js';
import { Metrics } from './telemetry/metrics.js';
import { seedTenant } from './tenants/seed.js';
import { Tenants } from './tenants/tenants.js';

/** What `sandbox.json` in the data folder says. */
export interface SandboxInfo {
  issuer: string;
  apiRoot: string;
  managementUrl: string;
  application: SandboxApplication;
  devices: SandboxDevice[];
}

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
  close(): Promise<void>;
}

/** Steps that undo the start, run in reverse order. */
type Undo = (() => Promise<unknown>)[];

/**
 * Starts the whole gateway in this process; what had been started is stopped again when a step fails.
 * @param env the environment variables of README's table
 * @throws ConfigError | OperatorConfigError naming what is wrong and the remedy
 */
export async function startGateway(env: Readonly<Record<string, string | undefined>>): Promise<Gateway> {
  const undo: Undo = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    return { ...(await start(env, undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  env: Readonly<Record<string, string | undefined>>,
  undo: Undo,
): Promise<Omit<Gateway, 'close'>> {
  const settings = readConfig(env);
  const logger = createLogger(settings.logLevel);
  const config = await withDatabase(await completeConfig(settings, logger), logger, undo);
  const operators = loadOperators({
    directory: config.operatorsDir,
    secrets: config.operatorSecrets,
    sandboxUrl: config.sandbox ? config.sandboxUrl : undefined,
  });
  const metrics = new Metrics();
  for (const operator of operators.all()) metrics.knowOperator(operator.id);

  let ready = false;
  const management = await startManagement({
    host: config.host,
    port: config.managementPort,
    metrics,
    logger,
    ready: () => ({ ready, checks: {} }),
  });
  undo.push(() => management.close());
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot({ config, operators, logger, metrics }),
    new FastifyAdapter(fastifyOptions()),
    { bodyParser: false, logger: nestLogger(logger), abortOnError: false },
  );
  undo.push(() => app.close());
  installHttp(app.getHttpAdapter().getInstance(), metrics);
  setupOpenApi(app);
  const gateway = { url: config.publicUrl!, managementUrl: management.url, config, app };
  const simulated = config.sandbox ? await enterSandbox(gateway, operators, logger, undo) : {};
  await app.listen({ port: config.port, host: config.host });
  const announce = (now: boolean): void => {
    ready = now;
    metrics.setReady(now);
  };
  undo.push(async () => announce(false));
  announce(true);
  return { ...gateway, ...simulated };
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

/** One seeded application, registered at every simulated operator; and those operators. */
async function enterSandbox(
  gateway: Omit<Gateway, 'close'>,
  operators: Operators,
  logger: Logger,
  undo: Undo,
): Promise<Pick<Gateway, 'sandbox' | 'simulated'>> {
  const { app, config, url } = gateway;
  const application = sandboxApplication(config.dataDir);
  const simulatedOperators = operators.all().filter(({ lifecycle }) => lifecycle === 'sandbox');
  const seed = {
    clientId: application.clientId,
    jwks: { keys: [publicJwk(application.privateKeyJwk)] },
    redirectUris: [application.redirectUri],
    operatorIds: simulatedOperators.map(({ id }) => id),
  };
  const { registrations } = await patiently(() => seedTenant(app.get(Database), seed));
  await patiently(() => app.get(Tenants).load());
  const sandbox: SandboxInfo = {
    issuer: url,
    apiRoot: url,
    managementUrl: gateway.managementUrl,
    application,
    devices: simulatedOperators.flatMap((operator) => defaultDevice(operator, config.sandboxUrl!) ?? []),
  };
  writePrivately(join(config.dataDir, 'sandbox.json'), `${JSON.stringify(sandbox, null, 2)}\n`);
  const elsewhere = config.sandboxUrl !== `http://127.0.0.1:${config.sandboxPort}`;
  if (elsewhere) return { sandbox };
  const simulated = await startSandbox({
    operators: simulatedOperators,
    port: config.sandboxPort,
    gatewayUrl: () => url,
    secrets: config.operatorSecrets,
    registration: (operatorId, clientId) => {
      const found = registrations.find((one) => one.operatorId === operatorId && one.clientId === clientId);
      return found && { redirectUri: `${url}/upstream/${operatorId}/${found.id}/callback` };
    },
    logger,
  });
  undo.push(() => simulated.close());
  return { sandbox, simulated };
}
