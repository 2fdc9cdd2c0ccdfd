import { OnApplicationShutdown } from '@nestjs/common';
import { Pool, PoolConfig } from 'pg';
import { DataSource, EntitySchema } from 'typeorm';
import { Logger } from '../telemetry/logger.js';
import { patiently } from './patiently.js';
import { TIMEOUTS } from './timeouts.js';
import { waitForPostgres } from './wait-for-postgres.js';

export type PoolName = 'ledger' | 'outcomes' | 'admin' | 'broker';
export type Entity = EntitySchema | (abstract new (...args: never[]) => object);

/** The way to Postgres: one pool per purpose, so that a slow report never holds up a call's ledger row. */
export class Database implements OnApplicationShutdown {
  private readonly pools = new Map<PoolName, Pool>();
  private closing: Promise<void> | undefined;

  private constructor(
    readonly url: string,
    readonly dataSource: DataSource,
    private readonly logger: Logger,
  ) {}

  /**
   * Connects TypeORM; the pools connect when they are first used.
   * @throws Error when no PostgreSQL answers within 30 s
   */
  static async open(options: { url: string; entities: Entity[]; logger: Logger }): Promise<Database> {
    const { url, entities, logger } = options;
    await waitForPostgres(url);
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      entities,
      // The schema comes from migrations alone.
      synchronize: false,
      installExtensions: false,
      poolErrorHandler: (error: Error) => report(logger, 'typeorm', error),
      extra: { ...TIMEOUTS, max: 4 },
    });
    await patiently(() => dataSource.initialize());
    return new Database(url, dataSource, logger);
  }

  /**
   * The pool of this name, made on first use.
   * @param options of the first use; timeouts may be longer or shorter than ours, never absent
   */
  pool(name: PoolName, options: PoolConfig = {}): Pool {
    let pool = this.pools.get(name);
    if (pool === undefined) {
      pool = new Pool({
        connectionString: this.url,
        application_name: `gateway-${name}`,
        max: 8,
        ...TIMEOUTS,
        ...options,
      });
      // An idle connection that breaks raises its error here; without a listener it would end the process.
      pool.on('error', (error) => report(this.logger, name, error));
      this.pools.set(name, pool);
    }
    return pool;
  }

  /** Ends all connections once their statements have ended; may be called twice. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      await Promise.all([...this.pools.values()].map((pool) => pool.end()));
      if (this.dataSource.isInitialized) await this.dataSource.destroy();
    })();
    return this.closing;
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

function report(logger: Logger, pool: string, error: Error & { code?: string }): void {
  logger.warn({ pool, code: error.code, reason: error.message }, 'a database connection was lost');
}
