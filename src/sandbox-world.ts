import { join } from 'node:path';
import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppConfig } from './config/config.js';
import { Database } from './database/database.js';
import { patiently } from './database/patiently.js';
import { Operators } from './operators/operators.js';
import { SandboxDevice, defaultDevice } from './sandbox/devices.js';
import { Sandbox, startSandbox } from './sandbox/sandbox.js';
import {
  SandboxAdmin,
  SandboxApplication,
  publicJwk,
  sandboxAdmin,
  sandboxApplication,
  writePrivately,
} from './sandbox-ground.js';
import { Logger } from './telemetry/logger.js';
import { seedPartnerAdmin } from './tenants/bootstrap.js';
import { seedTenant } from './tenants/seed.js';
import { Tenants } from './tenants/tenants.js';

/** What `sandbox.json` in the data folder says. */
export interface SandboxInfo {
  issuer: string;
  apiRoot: string;
  managementUrl: string;
  application: SandboxApplication;
  /** A partner admin of the admin API. */
  admin: SandboxAdmin;
  devices: SandboxDevice[];
}

/** A gateway that is about to listen. */
export interface Sandboxed {
  readonly url: string;
  readonly managementUrl: string;
  readonly config: AppConfig;
  readonly app: NestFastifyApplication;
}

/**
 * One seeded application, registered at every simulated operator; and those operators.
 * @param undo gets the step that stops them
 */
export async function enterSandbox(
  gateway: Sandboxed,
  operators: Operators,
  logger: Logger,
  undo: (() => Promise<unknown>)[],
): Promise<{ sandbox: SandboxInfo; simulated?: Sandbox }> {
  const { app, config, url } = gateway;
  const application = sandboxApplication(config.dataDir);
  const simulatedOperators = operators.all().filter(({ lifecycle }) => lifecycle === 'sandbox');
  const seed = {
    clientId: application.clientId,
    jwks: { keys: [publicJwk(application.privateKeyJwk)] },
    redirectUris: [application.redirectUri],
    operatorIds: simulatedOperators.map(({ id }) => id),
  };
  await patiently(() => seedTenant(app.get(Database), seed));
  const admin = sandboxAdmin(config.dataDir);
  await patiently(() =>
    seedPartnerAdmin(app.get(Database), {
      clientId: admin.clientId,
      jwks: { keys: [publicJwk(admin.privateKeyJwk)] },
    }),
  );
  await patiently(() => app.get(Tenants).load());
  const sandbox: SandboxInfo = {
    issuer: url,
    apiRoot: url,
    managementUrl: gateway.managementUrl,
    application,
    admin,
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
    // Whoever is registered here, be it a moment ago, is known there.
    registration: (operatorId, clientId) => {
      const found = app.get(Tenants).registrationOf(operatorId, clientId);
      return found && { redirectUri: `${url}/upstream/${operatorId}/${found.id}/callback` };
    },
    logger,
  });
  undo.push(() => simulated.close());
  return { sandbox, simulated };
}
