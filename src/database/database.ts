import { OnApplicationShutdown } from '@nestjs/common';
import { Pool, PoolConfig } from 'pg';
import { DataSource, EntitySchema } from 'typeorm';
import { Problem } from '../contract/problem.js';
import { DatabaseMetrics } from '../telemetry/database-metrics.js';
import { Logger } from '../telemetry/logger.js';
import { Approach } from './approach.js';
import { measure } from './measured-pool.js';
import { connectionFailed, patiently } from './patiently.js';
import { TIMEOUTS } from './timeouts.js';
import { turnstile } from './turnstile.js';
import { waitForPostgres } from './wait-for-postgres.js';

export type PoolName = 'ledger' | 'outcomes' | 'admin' | 'broker' | 'probe' | 'reports' | 'traces';
type Entity = EntitySchema | (abstract new (...args: never[]) => object);

export interface DatabaseOptions {
  url: string;
  entities: Entity[];
  logger: Logger;
  /** Undefined: nobody looks. */
  metrics?: DatabaseMetrics;
}

/** How long a start waits for Postgres before it makes do with what was kept. */
const FRESH_WITHIN_MS = 1_500;

/** The way to Postgres: one pool per purpose, so that a slow report never holds up a call's ledger row. */
export class Database implements OnApplicationShutdown {
  private readonly pools = new Map<PoolName, Pool>();
  private closing: Promise<void> | undefined;

  private constructor(
    readonly url: string,
    private readonly source: DataSource,
    private readonly logger: Logger,
    private readonly metrics?: DatabaseMetrics,
    private readonly approach?: Approach,
  ) {}

  /**
   * Connects TypeORM; the pools connect when they are first used.
   * @throws Error when no PostgreSQL answers within 30 s
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    await waitForPostgres(options.url);
    const source = dataSourceOf(options);
    await patiently(() => source.initialize());
    return new Database(options.url, source, options.logger, options.metrics);
  }

  /** The same without waiting: the server may come later, or never. */
  static begin(options: DatabaseOptions): Database {
    const { url, logger, metrics } = options;
    const source = dataSourceOf(options);
    const open = async (): Promise<void> => {
      if (!source.isInitialized) await source.initialize();
    };
    return new Database(url, source, logger, metrics, new Approach(url, open, logger));
  }

  /** @throws Problem databaseUnavailable as long as no server has been reached since the start */
  get dataSource(): DataSource {
    if (this.source.isInitialized) return this.source;
    throw new Problem('databaseUnavailable', { detail: this.approach?.state, retryAfterSeconds: 1 });
  }

  /** What has kept us from using Postgres since the start; undefined once it could be used. */
  get obstacle(): string | undefined {
    return this.approach?.state;
  }

  /** The server answers, but has not the schema of this version. */
  get wrongSchema(): boolean {
    return this.approach?.wrongSchema ?? false;
  }

  /**
   * Takes one step of the start: from Postgres; while that is away, from what was kept; without either it waits.
   * @param load may run more than once
   * @param recall says whether there was something good to take
   * @throws what `load` throws when it is not for want of a connection
   */
  async startWith(load: () => Promise<unknown>, recall: () => Promise<boolean>): Promise<void> {
    if (!this.approach) {
      await patiently(load);
      return;
    }
    for (let first = true; ; first = false) {
      if (first ? await this.approach.within(FRESH_WITHIN_MS) : true) {
        try {
          await patiently(load, FRESH_WITHIN_MS);
          return;
        } catch (error) {
          if (!connectionFailed(error)) throw error;
          this.logger.warn({ reason: (error as Error).message }, 'PostgreSQL cannot be read yet');
        }
      }
      if (!this.wrongSchema && (await recall())) return;
      await this.approach.arrived;
    }
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
        Client: turnstile(),
        ...options,
      });
      // An idle connection that breaks raises its error here; without a listener it would end the process.
      pool.on('error', (error) => report(this.logger, name, error));
      // One that breaks while it is out raises it on itself, beside the error its statement ends with: the same end.
      pool.on('connect', (client) => client.on('error', () => {}));
      if (this.metrics) measure(pool, name, this.metrics);
      this.pools.set(name, pool);
    }
    return pool;
  }

  /** Ends all connections once their statements have ended; may be called twice. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      this.approach?.stop();
      await Promise.all([...this.pools.values()].map((pool) => pool.end()));
      if (this.source.isInitialized) await this.source.destroy();
    })();
    return this.closing;
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

function dataSourceOf({ url, entities, logger }: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities,
    // The schema comes from migrations alone.
    synchronize: false,
    installExtensions: false,
    poolErrorHandler: (error: Error) => report(logger, 'typeorm', error),
    extra: { ...TIMEOUTS, Client: turnstile(), application_name: 'gateway-typeorm', max: 4 },
  });
}

function report(logger: Logger, pool: string, error: Error & { code?: string }): void {
  logger.warn({ pool, code: error.code, reason: error.message }, 'a database connection was lost');
}
