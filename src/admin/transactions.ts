import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { EntityManager, QueryFailedError } from 'typeorm';
import { Database } from '../database/database.js';
import { Principal } from './principal.js';

const TRIES = 3;
const RETRIED: readonly unknown[] = ['40001', '40P01'];

/** Work on the database as the role that sees one tenant's rows, or, for the partner, everybody's. */
@Injectable()
export class Transactions {
  constructor(private readonly database: Database) {}

  /**
   * All of it or nothing. Serialization failures and deadlocks are tried again, three times in all.
   * @throws whatever `work` throws
   */
  async run<T>(
    principal: Pick<Principal, 'tenantId'>,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.database.dataSource.transaction(async (manager) => {
          await manager.query(
            "SELECT set_config('role', 'nv_admin_api', true), set_config('app.tenant', $1, true)",
            [principal.tenantId ?? '*'],
          );
          return await work(manager);
        });
      } catch (error) {
        if (tried === TRIES || !isRetried(error)) throw error;
        await delay(5 + Math.random() * 20 * tried);
      }
    }
  }
}

function isRetried(error: unknown): boolean {
  return (
    error instanceof QueryFailedError && RETRIED.includes((error.driverError as { code?: unknown }).code)
  );
}
