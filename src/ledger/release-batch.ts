import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Metrics } from '../telemetry/metrics.js';
import { LedgerEntry } from './ledger-entry.js';
import { releaseStatement } from './ledger-statements.js';

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
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param certain whether the row is known to stand
   * @returns when the row certainly does not stand any more; waits for Postgres as long as the process lives
   */
  add(entry: LedgerEntry, certain: boolean): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ entry, done, looks: certain ? 1 : LOOKS_FOR_UNCERTAIN });
      this.worker ??= this.releaseAll();
    });
  }

  /** One last attempt; a row that stays is the safe side: its token is spent. */
  async close(timeoutMs: number): Promise<void> {
    this.closed = true;
    await Promise.race([this.worker, sleep(timeoutMs, undefined, { ref: false })]);
  }

  private async releaseAll(): Promise<void> {
    // A turn of the event loop: a circuit that opens releases many calls at once.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_ROWS);
      const again = await this.release(batch).catch(() => batch);
      this.waiting.push(...again);
      if (again.length > 0 && this.closed) break;
      if (again.length > 0) await sleep(PAUSE_MS, undefined, { ref: false });
    }
    this.worker = undefined;
  }

  /** @returns those that must be looked for again */
  private async release(batch: Waiting[]): Promise<Waiting[]> {
    const deleted = new Set<string>();
    const entries = batch.map(({ entry }) => entry);
    for (const [date, sameDay] of Map.groupBy(entries, ({ issueDate }) => issueDate)) {
      const { rows } = await this.pool.query<[string]>(releaseStatement(date, sameDay));
      for (const [id] of rows) deleted.add(id);
    }
    return batch.filter((waiting) => {
      if (!deleted.has(waiting.entry.id) && --waiting.looks > 0) return true;
      this.metrics.ledgerEvent('released');
      waiting.done();
      return false;
    });
  }
}
