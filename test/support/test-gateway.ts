import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, SandboxInfo, startGateway } from '../../src/boot.js';
import { SandboxDevice } from '../../src/sandbox/devices.js';
import { createTestDatabase } from './test-database.js';

/** A gateway with everything on: its own database, free ports, simulated operators. */
export interface TestGateway extends Gateway {
  sandbox: SandboxInfo;
  /** The device that the sandbox hands out for a dialect. */
  device(dialect: string): SandboxDevice;
}

/** @param env beside what a test needs anyway; close it in `afterAll` */
export async function startTestGateway(env: Record<string, string> = {}): Promise<TestGateway> {
  const database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  const gateway = await startGateway({
    NODE_ENV: 'test',
    SANDBOX: 'on',
    HOST: '127.0.0.1',
    PORT: '0',
    MANAGEMENT_PORT: '0',
    SANDBOX_PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    // Hundreds of calls at once are a test's, not an overload.
    MAX_IN_FLIGHT: '4096',
    ...env,
  });
  const sandbox = gateway.sandbox!;
  return {
    ...gateway,
    sandbox,
    device: (dialect) => sandbox.devices.find((device) => device.dialect === dialect)!,
    close: async () => {
      await gateway.close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
