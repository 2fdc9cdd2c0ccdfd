import type { Pool } from 'pg';
import { Recurring } from '../database/recurring.js';
import { Task, UnknownAge } from '../telemetry/labels.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Journal } from './journal/journal.js';
import { Replay } from './journal/replay.js';
import { dropOldUsage } from './retention.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The longest deadline that an operator's manifest may set, and a minute. */
const SETTLED_WITHIN_SECONDS = 90;
const COUNT_TIMEOUT_MS = 3_000;

const UNKNOWN = `
SELECT count(*) FILTER (WHERE started_at > now() - interval '1 hour')::int AS hour,
  count(*) FILTER (WHERE started_at BETWEEN now() - interval '1 day' AND now() - interval '1 hour')::int AS day,
  count(*) FILTER (WHERE started_at < now() - interval '1 day')::int AS older
FROM usage_ledger
WHERE issue_date >= (now() AT TIME ZONE 'UTC')::date - 1 AND result IS NULL
  AND started_at < now() - interval '${SETTLED_WITHIN_SECONDS} s'`;

/** What has to be done for the ledger now and then; no call depends on it. */
export class Upkeep {
  private readonly tasks: readonly { task: Recurring; everyMs: number }[];

  constructor(
    private readonly pool: Pool,
    private readonly journal: Journal,
    private readonly replay: Replay,
    private readonly retentionMonths: number,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    const each = (everyMs: number, work: () => Promise<unknown>, complaint: string, name?: Task) => ({
      task: new Recurring(work, logger, complaint, name && metrics.process.task(name)),
      everyMs,
    });
    const replayed = metrics.process.task('journal_replay');
    replayed.started();
    this.tasks = [
      each(MINUTE_MS, () => this.journal.probe(), 'the journal could not be tried', 'journal_probe'),
      // Another process at the same folder may have died; while Postgres is away this fails, and is no news.
      each(MINUTE_MS, () => this.replay.run(true).then(replayed.succeeded, () => {}), ''),
      each(
        MINUTE_MS,
        () => this.countUnknown(),
        'calls without outcome could not be counted',
        'unknown_rows',
      ),
      each(HOUR_MS, () => this.dropOldUsage(), 'old usage could not be deleted', 'usage_retention'),
    ];
  }

  start(): void {
    for (const { task, everyMs } of this.tasks) task.start(everyMs);
  }

  async stop(): Promise<void> {
    await Promise.all(this.tasks.map(({ task }) => task.stop()));
  }

  /** Calls of today's and yesterday's tokens whose outcome should have been written by now. */
  async countUnknown(): Promise<Record<UnknownAge, number>> {
    const client = await this.pool.connect();
    try {
      await client.query(
        `BEGIN READ ONLY; SET LOCAL statement_timeout = ${COUNT_TIMEOUT_MS}; SET LOCAL enable_seqscan = on`,
      );
      const query = { text: UNKNOWN, query_timeout: COUNT_TIMEOUT_MS + 500 };
      const { rows } = await client.query<Record<UnknownAge, number>>(query);
      await client.query('COMMIT');
      client.release();
      this.metrics.journal.unknownRows(rows[0]!);
      return rows[0]!;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private async dropOldUsage(): Promise<void> {
    const dropped = await dropOldUsage(this.pool, this.retentionMonths);
    if (dropped?.length)
      this.logger.info({ partitions: dropped.length }, 'usage past its retention was deleted');
  }
}
