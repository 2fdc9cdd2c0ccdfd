import type { Pool } from 'pg';
import { Recurring, TaskWatch } from '../database/recurring.js';
import { Logger } from '../telemetry/logger.js';
import { utcDate } from './ledger-entry.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS_BACK = 1;
const DAYS_AHEAD = 7;

/** Makes the ledger's partitions days before the first token of their day is issued. */
export class Partitions {
  private readonly making: Recurring;

  constructor(
    private readonly pool: Pool,
    logger: Logger,
    watch?: TaskWatch,
    private readonly nowMs: () => number = Date.now,
  ) {
    const complaint = 'no ledger partitions could be made ahead';
    this.making = new Recurring(() => this.makeAhead(), logger, complaint, watch);
  }

  /** Every hour from now on. Any number of processes may do it at once. */
  start(): void {
    this.making.start(HOUR_MS);
  }

  stop(): Promise<void> {
    return this.making.stop();
  }

  private async make(first: string, last: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      // Making a week of them takes longer than any other statement may, but must not queue up behind a long lock.
      await client.query("BEGIN; SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '2s'");
      const make = {
        text: 'SELECT make_usage_ledger_partitions($1, $2)',
        values: [first, last],
        query_timeout: 6_000,
      };
      await client.query(make);
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** For tokens whose day nobody prepared; should never be needed. */
  async makeEach(dates: readonly string[]): Promise<void> {
    for (const date of dates) await this.make(date, date);
  }

  /** From yesterday to a week from now. */
  makeAhead(): Promise<void> {
    const now = this.nowMs();
    const day = (offset: number): string => utcDate((now + offset * DAY_MS) / 1000);
    return this.make(day(-DAYS_BACK), day(DAYS_AHEAD));
  }
}
