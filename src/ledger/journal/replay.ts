import type { Pool } from 'pg';
import { Logger } from '../../telemetry/logger.js';
import { Metrics } from '../../telemetry/metrics.js';
import { Journal } from './journal.js';
import { JournalDirectory, Segment } from './journal-directory.js';
import { ProcessReplay } from './process-replay.js';

/** Brings what the journal holds into Postgres, process after process, and deletes what is in. */
export class Replay {
  private readonly prepared = new Set<string>();
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private gently = false;

  constructor(
    private readonly pool: Pool,
    private readonly journal: Journal,
    private readonly directory: JournalDirectory,
    private readonly makePartitions: (dates: readonly string[]) => Promise<void>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /**
   * One run at a time. Whatever was in the journal when it was called is in Postgres when it returns, except what
   * another process is bringing in.
   * @param gently leaves half of the time to calls; a run in haste also hurries the one before it
   * @throws what Postgres or the disk says; the next run goes on where this one stopped
   */
  run(gently = false): Promise<void> {
    if (!gently) this.hurry();
    const run = this.running.then(() => {
      this.gently = gently;
      return this.replayAll();
    });
    this.running = run.catch(() => {});
    return run;
  }

  /** A run that is going on leaves no time to calls any more. */
  hurry(): void {
    this.gently = false;
  }

  /** Ends a run that is going on after its current batch. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async replayAll(): Promise<void> {
    await this.journal.seal();
    const segments = await this.directory.replayable();
    const others = Map.groupBy(segments, ({ bootId }) => bootId);
    const ours = others.get(this.journal.bootId) ?? [];
    others.delete(this.journal.bootId);
    // Earlier processes first: their tokens were spent first.
    for (const [bootId, theirs] of others) {
      if (await this.exclusively(bootId, theirs)) await this.directory.forget(bootId);
    }
    if (ours.length > 0 && !(await this.exclusively(this.journal.bootId, ours))) {
      throw new Error('another process is replaying the journal of this one');
    }
    this.journal.broughtInAll();
  }

  /** Two processes at the same segments could bring back a row that a later segment releases. */
  private async exclusively(bootId: string, segments: readonly Segment[]): Promise<boolean> {
    const client = await this.pool.connect();
    try {
      const lock = `SELECT pg_try_advisory_lock(hashtextextended('journal ' || $1, 0)) AS leads`;
      const { rows } = await client.query<{ leads: boolean }>(lock, [bootId]);
      if (rows[0]!.leads) {
        const replay = await ProcessReplay.of(bootId, {
          client,
          directory: this.directory,
          metrics: this.metrics,
          logger: this.logger,
          prepare: (dates) => this.prepare(dates),
          broughtIn: (lines) => bootId === this.journal.bootId && this.journal.broughtIn(lines),
          gently: () => this.gently,
          stopped: () => this.stopped,
        });
        for (const segment of segments) await replay.replaySegment(segment);
        await client.query('SELECT pg_advisory_unlock_all()');
      }
      client.release();
      return rows[0]!.leads;
    } catch (error) {
      // The end of the session frees the lock.
      client.release(true);
      throw error;
    }
  }

  private async prepare(dates: ReadonlySet<string>): Promise<void> {
    const missing = [...dates].filter((date) => !this.prepared.has(date));
    if (missing.length === 0) return;
    await this.makePartitions(missing);
    for (const date of missing) this.prepared.add(date);
  }
}
