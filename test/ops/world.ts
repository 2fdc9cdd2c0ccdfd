import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/database/postgres-process.js';
import { SandboxInfo, readSandboxInfo } from '../../src/demo/sandbox-info.js';
import { GatewayProcess } from '../resilience/world/gateway-process.js';
import { WorldPostgres, startWorldPostgres } from '../resilience/world/postgres.js';
import { WorldRedis, startWorldRedis } from '../resilience/world/redis.js';
import { Prometheus } from './prometheus.js';

/** A gateway with simulated operators, what it stands on, and a Prometheus that watches it. */
export interface OpsWorld {
  readonly gateway: GatewayProcess;
  readonly sandbox: SandboxInfo;
  readonly postgres: WorldPostgres;
  /** Undefined where no redis-server is installed. */
  readonly redis: WorldRedis | undefined;
  readonly prometheus: Prometheus;
  stop(): Promise<void>;
}

/** @throws Error when anything does not start; what had been started is stopped again */
export async function startOpsWorld(): Promise<OpsWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) {
      await step().catch((error: unknown) => console.error(`while stopping: ${String(error)}`));
    }
  };
  try {
    return { ...(await build(undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(undo: (() => Promise<unknown>)[]): Promise<Omit<OpsWorld, 'stop'>> {
  const folder = mkdtempSync(join(tmpdir(), 'nv-ops-'));
  undo.push(async () => rmSync(folder, { recursive: true, force: true }));
  // The server's user must be able to enter it.
  chmodSync(folder, 0o755);
  const postgres = await startWorldPostgres(folder);
  undo.push(() => postgres.close());
  const redis = await startWorldRedis();
  undo.push(async () => redis?.close());
  const dataDir = join(folder, 'gateway');
  mkdirSync(dataDir, { mode: 0o700 });
  const gateway = new GatewayProcess({
    name: 'gateway',
    port: await freePort(),
    managementPort: await freePort(),
    logFile: join(folder, 'gateway.log'),
    env: {
      NODE_ENV: 'test',
      SANDBOX: 'on',
      // The same after a restart.
      SANDBOX_PORT: String(await freePort()),
      LOG_LEVEL: 'warn',
      // Nobody listens there; but who traces gives exemplars.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      DATA_DIR: dataDir,
      DATABASE_URL: postgres.gatewayUrl,
      ...(redis && { REDIS_URL: redis.gatewayUrl }),
    },
  });
  gateway.start();
  undo.push(() => gateway.stop());
  // Whatever ends this process, neither outlives it. Postgres notices by itself.
  process.once('exit', () => gateway.killNow());
  await gateway.ready();
  const prometheus = await Prometheus.start(join(folder, 'prometheus'), new URL(gateway.managementUrl).host);
  undo.push(() => prometheus.stop());
  process.once('exit', () => prometheus.killNow());
  return { gateway, sandbox: readSandboxInfo(dataDir)!, postgres, redis, prometheus };
}
