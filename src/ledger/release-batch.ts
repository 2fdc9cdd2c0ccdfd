import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Metrics } from '../telemetry/metrics.js';
import { LedgerEntry } from './ledger-entry.js';
import { releaseStatement } from './ledger-statements.js';
import { Outage } from './outage.js';

const MAX_ROWS = 500;
const PAUSE_MS = 1_000;
/** An insert that was sent but not answered may still be executed a moment after the server has come back. */
const LOOKS_FOR_UNCERTAIN = 2;

interface Waiting {
  readonly entry: LedgerEntry;
  readonly done: () => void;
  /** How often its row may still be found missing before it counts as never written. */
  looks: number;
}

/** Takes back the rows of calls that no operator saw, in the background until it has succeeded. */
export class ReleaseBatch {
  private waiting: Waiting[] = [];
  private worker: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    private readonly outage: Outage,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param certain whether the row is known to stand
   * @returns when the row certainly does not stand any more, or is sure to go before Postgres is asked again
   */
  add(entry: LedgerEntry, certain: boolean): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ entry, done, looks: certain ? 1 : LOOKS_FOR_UNCERTAIN });
      this.worker ??= this.releaseAll();
    });
  }

  /** One last attempt, the journal included; a row that stays is the safe side: its token is spent. */
  async close(timeoutMs: number): Promise<void> {
    this.closed = true;
    await Promise.race([this.worker, sleep(timeoutMs, undefined, { ref: false })]);
  }

  private async releaseAll(): Promise<void> {
    // A turn of the event loop: a circuit that opens releases many calls at once.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_ROWS);
      const again = await this.release(batch);
      this.waiting.push(...again);
      if (again.length > 0 && this.closed) break;
      if (again.length > 0) await sleep(PAUSE_MS, undefined, { ref: false });
    }
    this.worker = undefined;
  }

  /** @returns those that must be looked for again */
  private async release(batch: Waiting[]): Promise<Waiting[]> {
    try {
      if (!this.outage.journaling) return await this.delete(batch);
    } catch (error) {
      this.outage.suspected((error as Error).message);
    }
    if (!this.outage.journaling && !this.closed) return batch;
    // A row that may still appear has to be looked for more than once, unless there is no other time.
    const now = batch.filter(({ looks }) => looks === 1 || this.closed);
    const refused = new Set(await this.outage.keepReleases(now.map(({ entry }) => entry)));
    return batch.filter((waiting) => {
      if (!now.includes(waiting) || refused.has(waiting.entry)) return true;
      this.end(waiting);
      return false;
    });
  }

  private async delete(batch: Waiting[]): Promise<Waiting[]> {
    const deleted = new Set<string>();
    const entries = batch.map(({ entry }) => entry);
    for (const [date, sameDay] of Map.groupBy(entries, ({ issueDate }) => issueDate)) {
      const { rows } = await this.pool.query<[string]>(releaseStatement(date, sameDay));
      for (const [id] of rows) deleted.add(id);
    }
    return batch.filter((waiting) => {
      if (!deleted.has(waiting.entry.id) && --waiting.looks > 0) return true;
      this.end(waiting);
      return false;
    });
  }

  private end(waiting: Waiting): void {
    this.metrics.ledger.event('released');
    waiting.done();
  }
}
