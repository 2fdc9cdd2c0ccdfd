import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import type { Pool, QueryResultRow } from 'pg';
import { Database } from '../database/database.js';

/** A burst of sign-ins waits for a connection rather than fail: each is one person who would have to try again. */
const SEAT_WAIT_MS = 1_000;

/** Long secrets (states, codes, grant ids) are looked up by their hash: the table itself holds none of them. */
export function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Postgres as the broker sees it: an answer, or an OAuth error that the caller of any endpoint may see. */
@Injectable()
export class BrokerStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('broker', { connectionTimeoutMillis: SEAT_WAIT_MS });
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
      const { rows, rowCount } = await this.pool.query(statement, [...values]);
      return { rows, count: rowCount ?? 0 };
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

/** 503 where the answer is a body; on a redirect only the code is seen. */
function unavailable(cause: unknown): Error {
  const error = new errors.TemporarilyUnavailable('the sign-in service cannot keep its state', { cause });
  return Object.assign(error, { status: 503, statusCode: 503 });
}
