import { Buckets } from './distribution.js';
import { BUCKETS, Families } from './families.js';
import { LEDGER_OUTCOMES, LEDGER_ROWS } from './labels.js';
import { Cell } from './tally.js';

const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** What is read when a page is made. */
export interface LedgerSources {
  /** Rows that wait for the next statement. */
  queuedRows(): number;
  /** Rows of this process whose outcome is not in Postgres yet. */
  pendingOutcomes(): number;
  /** Of the oldest of them; 0 when there is none. */
  oldestPendingSeconds(): number;
}

/** Rows and their outcomes on the way to Postgres. */
export class LedgerMetrics {
  private readonly rows: Readonly<Record<(typeof LEDGER_ROWS)[number], Cell>>;
  private readonly outcomes: Readonly<Record<(typeof LEDGER_OUTCOMES)[number], Cell>>;
  private readonly wait: Buckets;
  private readonly batch: Buckets;
  private sources: LedgerSources | undefined;

  constructor(families: Families) {
    const rows = families.counter('ledger_rows_total', 'Ledger rows', ['result']);
    this.rows = each(LEDGER_ROWS, (result) => rows.of(result));
    const outcomes = families.counter('ledger_outcomes_total', 'Outcomes of ledger rows', ['result']);
    this.outcomes = each(LEDGER_OUTCOMES, (result) => outcomes.of(result));
    const wait = 'What one call waits for its row';
    this.wait = families.histogram('ledger_insert_duration_seconds', wait, BUCKETS.fine).of();
    this.batch = families.histogram('ledger_batch_rows', 'Rows per INSERT statement', ROWS).of();
    const queued = families.gauge('ledger_queued_rows', 'Rows that wait for the next statement');
    const pending = families.gauge(
      'ledger_pending_outcomes',
      'Rows of this process whose outcome is not in Postgres yet',
    );
    const oldest = families.gauge(
      'ledger_oldest_pending_outcome_age_seconds',
      'How long the oldest of those outcomes waits',
    );
    families.sample(() => {
      queued.set(this.sources?.queuedRows() ?? 0);
      pending.set(this.sources?.pendingOutcomes() ?? 0);
      oldest.set(this.sources?.oldestPendingSeconds() ?? 0);
    });
  }

  readFrom(sources: LedgerSources): void {
    this.sources = sources;
  }

  inserted(rows: number, spentBefore: number): void {
    this.batch.observe(rows);
    this.rows.inserted.add(rows - spentBefore);
    this.rows.spent_before.add(spentBefore);
  }

  event(result: 'spent_before' | 'released' | 'uncertain' | 'error', rows = 1): void {
    this.rows[result].add(rows);
  }

  /** @param seconds from the call's turn to its row being acknowledged, queue included */
  waited(seconds: number): void {
    this.wait.observe(seconds);
  }

  outcomesWritten(result: (typeof LEDGER_OUTCOMES)[number], rows: number): void {
    this.outcomes[result].add(rows);
  }
}

function each<K extends string>(keys: readonly K[], make: (key: K) => Cell): Record<K, Cell> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, Cell>;
}
