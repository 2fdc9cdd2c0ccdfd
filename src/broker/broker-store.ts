import { createHash } from 'node:crypto';
import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import { errors } from 'oidc-provider';
import type { Pool, QueryResultRow } from 'pg';
import { type AppConfig, CONFIG } from '../config/config.js';
import { Database } from '../database/database.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { PostgresAway, PostgresReach } from './postgres-reach.js';
import { unavailable } from './unavailable.js';

/**
 * A sign-in waits for a connection, and for a slow answer, rather than fail: each is one person who would have to
 * try again. Whether anybody is there at all is found out sooner, by the probe.
 */
const PATIENCE = {
  connectionTimeoutMillis: 1_500,
  statement_timeout: 1_400,
  query_timeout: 1_500,
} as const;
/** Longer than a probe is waited for. */
const PROBE_MS = 1_500;

/** Long secrets (states, codes, grant ids) are looked up by their hash: the table itself holds none of them. */
export function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Postgres as the broker sees it: an answer, or an OAuth error that the caller of any endpoint may see. */
@Injectable()
export class BrokerStore implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly reach: PostgresReach;
  private readonly whenBack: (() => Promise<void>)[] = [];

  constructor(
    database: Database,
    @Inject(CONFIG) private readonly config: Pick<AppConfig, 'brokerPolicy'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.pool = database.pool('broker', PATIENCE);
    const probing = database.pool('probe', {
      max: 2,
      connectionTimeoutMillis: PROBE_MS,
      query_timeout: PROBE_MS,
    });
    this.reach = new PostgresReach(
      () => probing.query('SELECT 1'),
      () => this.returned(),
      logger,
    );
  }

  /** Known not to answer: what needs no answer need not be tried. */
  get away(): boolean {
    return this.reach.away;
  }

  /**
   * @returns the rows, and how many were written
   * @throws TemporarilyUnavailable when Postgres does not answer in time
   */
  async query(
    statement: string,
    values: readonly unknown[],
  ): Promise<{ rows: QueryResultRow[]; count: number }> {
    try {
      const { rows, rowCount } = await this.reach.ask(() => this.pool.query(statement, [...values]));
      return { rows, count: rowCount ?? 0 };
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /**
   * Writes something to Postgres; by policy `open` keeps it in this process instead while Postgres is away.
   * @param write made of {@link query}
   * @throws TemporarilyUnavailable
   */
  async orHere<T>(write: () => Promise<T>, here: () => T): Promise<T> {
    try {
      return await write();
    } catch (error) {
      const away = error instanceof errors.TemporarilyUnavailable && error.cause instanceof PostgresAway;
      if (this.config.brokerPolicy !== 'open' || !away) throw error;
      return here();
    }
  }

  /** @param work to be made up for once Postgres answers again */
  onReturn(work: () => Promise<void>): void {
    this.whenBack.push(work);
  }

  onApplicationShutdown(): void {
    this.reach.stop();
  }

  private returned(): void {
    for (const work of this.whenBack) {
      work().catch((error: unknown) =>
        this.logger.warn(
          { reason: (error as Error).name },
          'what was kept for Postgres could not be written',
        ),
      );
    }
  }
}
