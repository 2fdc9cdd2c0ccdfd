import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, PoolClient } from 'pg';
import { Logger } from '../../telemetry/logger.js';
import { Metrics } from '../../telemetry/metrics.js';
import { JournalDirectory, Segment } from './journal-directory.js';
import { JournalLine } from './journal-line.js';
import { ReplayCounts, replayBatch } from './replay-batch.js';
import { readSegment } from './segment-reader.js';
import { SeqRun, gapsIn, isIn, runsOf } from './seq-runs.js';

const LINES_PER_BATCH = 500;
const LONGEST_PAUSE_MS = 500;
/** Classes of errors that say something of the rows, not of the server: data exception, integrity violation. */
const OF_THE_ROWS = /^2[23]/;

interface Surroundings {
  readonly client: PoolClient;
  readonly directory: JournalDirectory;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly prepare: (dates: ReadonlySet<string>) => Promise<void>;
  readonly broughtIn: (lines: number) => void;
  /** Between two batches: calls want server and processor, too. */
  readonly gently: () => boolean;
  readonly stopped: () => boolean;
}

/** Brings in what one process has left. Its caller sees to it that nobody else does. */
export class ProcessReplay {
  private last: SeqRun | undefined;
  private damaged = 0;
  private explained = 0;

  private constructor(
    private readonly bootId: string,
    private readonly around: Surroundings,
  ) {}

  static async of(bootId: string, around: Surroundings): Promise<ProcessReplay> {
    const replay = new ProcessReplay(bootId, around);
    replay.last = (await replay.replayed()).at(-1);
    return replay;
  }

  /** @throws what Postgres says; what is in by then is passed over the next time */
  async replaySegment(segment: Segment): Promise<void> {
    const { directory, logger, metrics, stopped } = this.around;
    const known = await this.replayed();
    const before = this.damaged;
    try {
      for await (const { lines, corrupt } of readSegment(segment.path, LINES_PER_BATCH)) {
        if (stopped()) throw new Error('the process is stopping');
        this.damaged += corrupt;
        const fresh = lines.filter(({ bootId, seq }) => !isIn(known, bootId, seq));
        if (fresh.length === 0) continue;
        const began = performance.now();
        await this.replayLines(fresh);
        if (this.around.gently()) await sleep(Math.min(performance.now() - began, LONGEST_PAUSE_MS));
      }
    } catch (error) {
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const damaged = this.damaged - before;
    if (damaged === 0) return directory.remove(segment);
    metrics.journal.corrupt(damaged);
    await directory.quarantine(segment);
    logger.error({ lines: damaged }, 'damaged lines in the journal: the segment is kept in quarantine');
  }

  private async replayLines(lines: readonly JournalLine[]): Promise<void> {
    await this.around.prepare(
      new Set(lines.flatMap((line) => (line.phase === 'intent' ? [line.entry.issueDate] : []))),
    );
    const runs = runsOf(lines, this.last);
    try {
      this.count(await replayBatch(this.around.client, lines, runs));
      this.around.broughtIn(lines.length);
      this.countMissing(runs);
      // A segment that was restored from a backup may be older.
      const end = runs.at(-1)!;
      if (end.last_seq > (this.last?.last_seq ?? 0)) this.last = end;
    } catch (error) {
      if (!(error instanceof DatabaseError) || !OF_THE_ROWS.test(error.code ?? '')) throw error;
      await this.replayHalves(lines, error);
    }
  }

  /** One row that Postgres refuses must not keep the others out. */
  private async replayHalves(lines: readonly JournalLine[], refusal: DatabaseError): Promise<void> {
    if (lines.length === 1) {
      this.damaged++;
      const { seq } = lines[0]!;
      this.around.logger.error({ code: refusal.code, seq }, 'Postgres refuses a line of the journal');
      return;
    }
    const middle = lines.length >> 1;
    await this.replayLines(lines.slice(0, middle));
    await this.replayLines(lines.slice(middle));
  }

  /** Lines that were written, are in no segment, and are not among the damaged ones. */
  private countMissing(runs: readonly SeqRun[]): void {
    const missing = gapsIn(runs, this.last);
    const excused = Math.min(missing, this.damaged - this.explained);
    this.explained += excused;
    if (missing === excused) return;
    this.around.metrics.journal.lostRows(missing - excused);
    this.around.logger.error({ lines: missing - excused }, 'lines are missing from the journal');
  }

  private count({ stray, ...counts }: ReplayCounts): void {
    const { logger, metrics } = this.around;
    for (const result of ['inserted', 'present', 'released', 'double_dispatch'] as const) {
      if (counts[result] > 0) metrics.journal.replayed(result, counts[result]);
    }
    if (counts.double_dispatch > 0) {
      logger.error({ rows: counts.double_dispatch }, 'tokens were used twice while Postgres was away');
    }
    if (stray > 0) logger.error({ rows: stray }, 'outcomes in the journal whose call is not on record');
  }

  /** In the order of their numbers. */
  private async replayed(): Promise<SeqRun[]> {
    const { rows } = await this.around.client.query<Record<'boot_id' | 'first_seq' | 'last_seq', string>>(
      'SELECT boot_id, first_seq, last_seq FROM ledger_replayed WHERE boot_id = $1 ORDER BY first_seq',
      [this.bootId],
    );
    return rows.map(({ boot_id, first_seq, last_seq }) => ({
      boot_id,
      first_seq: Number(first_seq),
      last_seq: Number(last_seq),
    }));
  }
}
