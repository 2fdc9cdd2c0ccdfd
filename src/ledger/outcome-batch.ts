import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Outage } from './outage.js';
import { Outcome, outcomeStatement } from './ledger-statements.js';

/** After the answer nobody waits: a pause makes larger batches. A kill in it leaves rows without an outcome. */
const GATHER_MS = 10;
const MAX_ROWS = 500;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Above this, new calls are refused: an outcome is never dropped because there are too many. */
const FULL_AT = 100_000;

/** Writes outcomes after the answers, batch after batch, each until it is written. */
export class OutcomeBatch {
  private waiting: Outcome[] = [];
  private unwritten = 0;
  /** Monotonic; when the oldest of those came that are being written, and of those that wait behind them. */
  private since: { writing?: number | undefined; waiting?: number | undefined } = {};
  private writer: Promise<void> | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly pool: Pool,
    private readonly outage: Outage,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  get full(): boolean {
    return this.unwritten >= FULL_AT;
  }

  /** Outcomes that are not in Postgres yet. */
  get pending(): number {
    return this.unwritten;
  }

  /** How long the oldest of them waits; 0 when there is none. */
  get oldestMs(): number {
    const since = this.since.writing ?? this.since.waiting;
    return since === undefined ? 0 : performance.now() - since;
  }

  add(outcome: Outcome): void {
    this.since.waiting ??= performance.now();
    this.waiting.push(outcome);
    this.unwritten++;
    this.writer ??= this.writeAll();
  }

  /** Writes at once what waits, to the journal if Postgres does not take it; gives up after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.closing.abort();
    await Promise.race([this.writer, sleep(timeoutMs, undefined, { ref: false })]);
    if (this.unwritten === 0) return;
    this.metrics.ledger.outcomesWritten('failed', this.unwritten);
    this.logger.error({ rows: this.unwritten }, 'ledger rows were left without their outcome');
  }

  private async writeAll(): Promise<void> {
    while (this.unwritten > 0) {
      await this.pause(GATHER_MS);
      this.since = { writing: this.since.waiting };
      for (const [date, outcomes] of Map.groupBy(this.waiting.splice(0), ({ entry }) => entry.issueDate)) {
        for (let at = 0; at < outcomes.length; at += MAX_ROWS) {
          await this.writeOne(date, outcomes.slice(at, at + MAX_ROWS));
        }
      }
      this.since.writing = undefined;
    }
    this.writer = undefined;
  }

  private async writeOne(issueDate: string, outcomes: Outcome[]): Promise<void> {
    let left: readonly Outcome[] = outcomes;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (!this.outage.journaling && (await this.update(issueDate, left))) break;
      if (this.outage.journaling || this.closing.signal.aborted) left = await this.outage.keepOutcomes(left);
      if (left.length === 0) break;
      this.metrics.ledger.outcomesWritten('retried', left.length);
      await sleep(pauseMs, undefined, { ref: false });
    }
    this.unwritten -= outcomes.length;
    this.metrics.ledger.outcomesWritten('written', outcomes.length);
  }

  private async update(issueDate: string, outcomes: readonly Outcome[]): Promise<boolean> {
    try {
      await this.pool.query(outcomeStatement(issueDate, outcomes));
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      this.logger.warn({ rows: outcomes.length, reason }, 'outcomes not written yet');
      this.outage.suspected(reason);
      return false;
    }
  }

  private async pause(ms: number): Promise<void> {
    if (this.closing.signal.aborted) return;
    await sleep(ms, undefined, { signal: this.closing.signal }).catch(() => {});
  }
}
