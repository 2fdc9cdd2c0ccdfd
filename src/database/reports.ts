import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { Database } from './database.js';

/** Of a process: two reports at once leave the processors of a small server to the calls. */
const CONNECTIONS = 2;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A reader that takes nothing for that long has left its connection to others. */
const IDLE_TIMEOUT_MS = 30_000;
/** An old snapshot keeps Postgres from tidying up. */
const LONGEST_STREAM_MS = 15 * 60_000;
const BATCH_ROWS = 500;

/** What a report sees: the database of one moment. */
export interface Snapshot {
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Fetched from a cursor in the server, batch by batch, as the caller asks for them. */
  batches<Row extends object>(text: string, values?: readonly unknown[]): AsyncGenerator<Row[], void>;
}

/**
 * Reads that may take long, on connections of their own: no call waits for them. They run as the role that sees one
 * tenant's rows, or, for the partner, everybody's, and cannot write.
 */
@Injectable()
export class Reports {
  constructor(private readonly database: Database) {}

  /**
   * @param tenantId null: of every tenant
   * @throws Error of Postgres, also when a statement takes longer than 30 s or no connection is free
   */
  async run<T>(tenantId: string | null, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const session = await Session.open(this.pool(), tenantId);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  /** The connection is held until the generator has ended or was told to `return`. */
  async *stream<Row extends object>(
    tenantId: string | null,
    work: (snapshot: Snapshot) => AsyncGenerator<Row[], void>,
  ): AsyncGenerator<Row[], void> {
    const session = await Session.open(this.pool(), tenantId);
    try {
      yield* work(session);
    } finally {
      await session.close();
    }
  }

  private pool(): Pool {
    return this.database.pool('reports', {
      max: CONNECTIONS,
      connectionTimeoutMillis: 2_000,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + 2_000,
      idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
      // A report may take its time, but not all processors.
      options: '-c max_parallel_workers_per_gather=0',
    });
  }
}

class Session implements Snapshot {
  private readonly endsMs = performance.now() + LONGEST_STREAM_MS;
  private broken: Error | undefined;

  private constructor(private readonly client: PoolClient) {}

  static async open(pool: Pool, tenantId: string | null): Promise<Session> {
    const client = await pool.connect();
    const session = new Session(client);
    // Without a listener a connection that Postgres ends while nobody queries would end the process.
    client.on('error', session.breaks);
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query(
        "SELECT set_config('role', 'nv_admin_api', true), set_config('app.tenant', $1, true)",
        [tenantId ?? '*'],
      );
      return session;
    } catch (error) {
      client.off('error', session.breaks);
      client.release(true);
      throw error;
    }
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    if (this.broken) throw this.broken;
    return (await this.client.query<Row>(text, [...values])).rows;
  }

  async *batches<Row extends object>(
    text: string,
    values: readonly unknown[] = [],
  ): AsyncGenerator<Row[], void> {
    await this.rows(`DECLARE report NO SCROLL CURSOR FOR ${text}`, values);
    for (;;) {
      if (performance.now() > this.endsMs) throw new Error('the report took too long');
      const rows = await this.rows<Row>(`FETCH ${BATCH_ROWS} FROM report`);
      if (rows.length > 0) yield rows;
      if (rows.length < BATCH_ROWS) break;
    }
    await this.rows('CLOSE report');
  }

  /** Nothing was written, so there is nothing to commit. */
  async close(): Promise<void> {
    const failed = this.broken ?? (await this.client.query('ROLLBACK').then(() => undefined, asError));
    this.client.off('error', this.breaks);
    this.client.release(failed);
  }

  private readonly breaks = (error: Error): void => {
    this.broken = error;
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
