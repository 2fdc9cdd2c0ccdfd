import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxInfo } from '../../src/boot.js';
import { SandboxDevice } from '../../src/sandbox/devices.js';
import { Answer, PooledHttp } from './pooled-http.js';
import { createTestDatabase } from './test-database.js';

/** Two processes behind one name, as behind a load balancer: one database, one set of simulated operators. */
export interface TwoGateways {
  sandbox: SandboxInfo;
  databaseUrl: string;
  processes: readonly [PooledHttp, PooledHttp];
  device(dialect: string): SandboxDevice;
  /** Sends so many requests at the same moment, every other one to the second process. */
  race(times: number, send: (at: PooledHttp, index: number) => Promise<Answer>): Promise<Answer[]>;
  close(): Promise<void>;
}

/**
 * @param connections to each process
 * @param shared environment of both
 */
export async function startTwoGateways(
  connections: number,
  shared: Record<string, string> = {},
): Promise<TwoGateways> {
  const database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'two-gateways-'));
  const children: ChildProcess[] = [];
  const pools: PooledHttp[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.close()));
    await Promise.all(children.map(stopProcess));
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const start = async (env: Record<string, string>): Promise<PooledHttp> => {
    const port = await freePort();
    const child = spawnGateway({
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      ...shared,
      ...env,
      PORT: String(port),
    });
    children.push(child);
    await untilItAnswers(child);
    const pool = new PooledHttp(`http://127.0.0.1:${port}`, connections);
    pools.push(pool);
    await pool.warmUp();
    return pool;
  };
  try {
    const first = await start({});
    const sandbox = JSON.parse(readFileSync(join(dataDir, 'sandbox.json'), 'utf8')) as SandboxInfo;
    const operatorsAt = new URL(sandbox.devices[0]!.operatorTokenUrl).origin;
    const processes = [first, await start({ PUBLIC_URL: sandbox.issuer, SANDBOX_URL: operatorsAt })] as const;
    return {
      sandbox,
      databaseUrl: database.url,
      processes,
      device: (dialect) => sandbox.devices.find((device) => device.dialect === dialect)!,
      race: (times, send) =>
        Promise.all(Array.from({ length: times }, (_, index) => send(processes[index % 2]!, index))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The gateway as `npm start` runs it, but from its sources. */
function spawnGateway(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--import', './test/support/run-typescript.mjs', './src/main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      SANDBOX: 'on',
      HOST: '127.0.0.1',
      MANAGEMENT_PORT: '0',
      SANDBOX_PORT: '0',
      LOG_LEVEL: 'error',
      ...env,
    },
  });
}

/** Its first word is the welcome, which it says once it answers. */
async function untilItAnswers(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the gateway ended with ${String(code)} before it answered`);
  });
  await Promise.race([once(child.stdout!, 'data'), ended]);
  ended.catch(() => {});
  child.stdout!.resume();
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
