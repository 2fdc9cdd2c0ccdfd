import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { freePort } from '../../../src/database/postgres-process.js';
import { runMigrations } from '../../../src/database/migrations.js';
import { selfSignedCertificate } from '../../support/self-signed-certificate.js';
import { Balancer } from '../balancer.js';
import { Simulator } from '../sim/simulator.js';
import { GatewayProcess } from './gateway-process.js';
import { Minter } from './minter.js';
import { writeOperators } from './operators-folder.js';
import { startWorldPostgres, WorldPostgres } from './postgres.js';
import { startWorldRedis, WorldRedis } from './redis.js';
import { resourcesOf } from './resources.js';
import { SeededTenant, seedTenants } from './seed-tenants.js';

export interface WorldOptions {
  /** Of this run alone; logs stay in it. */
  readonly folder: string;
  readonly seed: string;
  readonly tenants: number;
  readonly gateways: number;
  /** Ctrl-C and SIGTERM stop everything before they end this process. */
  readonly stopOnSignals: boolean;
}

/** Everything that runs during a run, started in order and stopped in the opposite one. */
export class World {
  private readonly undo: (() => Promise<unknown>)[] = [];
  readonly gateways: GatewayProcess[] = [];
  postgres!: WorldPostgres;
  /** Undefined where no redis-server is installed. */
  redis: WorldRedis | undefined;
  sim!: Simulator;
  balancer!: Balancer;
  /** Straight to Postgres, not through the faulty wire. */
  pool!: Pool;
  minter!: Minter;
  tenants!: SeededTenant[];
  /** Once all was ready and before the first call. */
  resourcesAtStart: Record<string, number> = {};

  private constructor(readonly options: WorldOptions) {}

  /** @throws Error when anything does not start; what had been started is stopped again */
  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options);
    // Whatever ends this process, no gateway outlives it. Postgres and the simulator notice by themselves.
    process.once('exit', () => world.killNow());
    if (options.stopOnSignals) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => void world.stop().finally(() => process.exit(130)));
      }
    }
    try {
      await world.build();
      world.resourcesAtStart = resourcesOf(world.gateways);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** May be called twice. */
  async stop(): Promise<void> {
    for (const step of this.undo.splice(0).toReversed()) {
      await step().catch((error: unknown) => console.error(`while stopping: ${String(error)}`));
    }
  }

  /** Everything the gateways have written so far. */
  logs(): { name: string; text: string }[] {
    return this.gateways.map((gateway) => ({ name: gateway.name, text: gateway.log() }));
  }

  private async build(): Promise<void> {
    const { folder, seed } = this.options;
    mkdirSync(folder, { recursive: true });
    const data = mkdtempSync(join(tmpdir(), 'nv-resilience-'));
    this.undo.push(async () => rmSync(data, { recursive: true, force: true }));
    // The server's user must be able to enter it.
    chmodSync(data, 0o755);
    this.postgres = await startWorldPostgres(data);
    this.undo.push(() => this.postgres.close());
    this.redis = await startWorldRedis();
    this.undo.push(async () => this.redis?.close());
    await runMigrations(this.postgres.url);
    this.openPool();
    this.undo.push(() => this.pool.end());
    this.tenants = await seedTenants(this.pool, this.options.tenants);
    const [right, unknown, otherHost] = ['localhost', 'localhost', 'elsewhere.example'].map(
      selfSignedCertificate,
    );
    writeFileSync(join(folder, 'ca.pem'), right!.cert + otherHost!.cert);
    this.sim = await Simulator.start({
      seed,
      certificates: { right: right!, unknown: unknown!, otherHost: otherHost! },
      logFile: join(folder, 'sim.log'),
    });
    this.undo.push(() => this.sim.stop());
    writeOperators(join(folder, 'operators'), this.sim.ports);
    await this.startGateways();
  }

  private openPool(): void {
    this.pool = new Pool({ connectionString: this.postgres.url, max: 4, query_timeout: 60_000 });
    this.pool.on('error', () => {});
  }

  private async startGateways(): Promise<void> {
    const { folder, seed } = this.options;
    const keyEncryptionKey = randomBytes(32).toString('base64');
    const balancerPort = await freePort();
    const issuer = `http://127.0.0.1:${balancerPort}`;
    const env = {
      NODE_ENV: 'production',
      DATABASE_URL: this.postgres.gatewayUrl,
      KEY_ENCRYPTION_KEY: keyEncryptionKey,
      PUBLIC_URL: issuer,
      OPERATORS_DIR: join(folder, 'operators'),
      // The simulator's certificate: verification stays on, as in production.
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      ...(this.redis && { REDIS_URL: this.redis.gatewayUrl }),
      REPLICAS: String(this.options.gateways),
    };
    for (let number = 1; number <= this.options.gateways; number++) {
      const name = `gateway-${number}`;
      const dataDir = join(folder, name);
      mkdirSync(dataDir);
      const gateway = new GatewayProcess({
        name,
        port: await freePort(),
        managementPort: await freePort(),
        logFile: join(folder, `${name}.log`),
        env: { ...env, DATA_DIR: dataDir },
      });
      this.gateways.push(gateway);
      this.undo.push(() => gateway.stop());
      gateway.start();
    }
    await Promise.all(this.gateways.map((gateway) => gateway.ready()));
    this.minter = await Minter.open({ databaseUrl: this.postgres.url, keyEncryptionKey, issuer, seed });
    this.undo.push(() => this.minter.close());
    this.balancer = await Balancer.start(this.gateways, balancerPort);
    this.undo.push(() => this.balancer.close());
  }

  private killNow(): void {
    this.postgres?.thaw();
    for (const gateway of this.gateways) gateway.killNow();
  }
}
