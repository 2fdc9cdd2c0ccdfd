import { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Recurring } from '../database/recurring.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { EvidenceRow } from '../telemetry/operator-evidence.js';
import { MINUTES_KEPT } from './evidence-day.js';
import { OperatorWindows } from './operator-windows.js';

const EVERY_MS = 15_000;
const MINUTE_MS = 60_000;
/** Other processes may add to a minute for a while after it is over. */
const STILL_MOVING_MINUTES = 3;
/** Now and then all of it is read: a process that was cut off has added to minutes that were thought to be over. */
const READ_ALL_EVERY = 40;

const COLUMNS = 'minute, operator_id, target, answered, failed, within_500ms, within_2s';
/** In one order, so that two processes do not wait for each other in a circle. */
const ADD = `
INSERT INTO operator_evidence AS known (${COLUMNS})
SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[])
ORDER BY 1, 2, 3
ON CONFLICT (minute, operator_id, target) DO UPDATE SET
  answered = known.answered + excluded.answered, failed = known.failed + excluded.failed,
  within_500ms = known.within_500ms + excluded.within_500ms, within_2s = known.within_2s + excluded.within_2s`;
const READ = `
SELECT minute, operator_id AS operator, target, answered, failed,
  within_500ms AS "within500Ms", within_2s AS "within2s"
FROM operator_evidence WHERE minute >= $1`;
const FORGET = 'DELETE FROM operator_evidence WHERE minute < $1';

/**
 * Brings what this process has seen of the operators together with what all others have, in Postgres, beside all calls.
 * While Postgres is away a process tells what it knows itself.
 */
export class StatusRollup implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly rolling: Recurring;
  private runs = 0;

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly database: Database,
    private readonly windows: OperatorWindows,
    private readonly metrics: Metrics,
    logger: Logger,
    private readonly clock: () => number = Date.now,
  ) {
    const complaint = 'the status of operators was not brought together';
    this.rolling = new Recurring(
      () => this.roll(),
      logger,
      complaint,
      metrics.process.task('operator_status'),
    );
  }

  onApplicationBootstrap(): void {
    this.rolling.start(EVERY_MS);
    this.rolling.soon();
  }

  /** What was seen last is not lost, if Postgres takes it now. */
  async onApplicationShutdown(): Promise<void> {
    await this.rolling.stop();
    await this.add().catch(() => {});
  }

  /** @throws Error of Postgres; what was seen is kept for the next time */
  async roll(): Promise<void> {
    await this.add();
    const all = this.runs % READ_ALL_EVERY === 0;
    const now = Math.floor(this.clock() / MINUTE_MS);
    if (all) await this.database.pool('admin').query(FORGET, [now - MINUTES_KEPT]);
    const since = now - (all ? MINUTES_KEPT : STILL_MOVING_MINUTES);
    this.windows.learn((await this.database.pool('admin').query<EvidenceRow>(READ, [since])).rows);
    this.runs += 1;
  }

  private async add(): Promise<void> {
    const { evidence } = this.metrics.upstream;
    const rows = evidence.take();
    if (rows.length === 0) return;
    const column = <K extends keyof EvidenceRow>(name: K): EvidenceRow[K][] => rows.map((row) => row[name]);
    try {
      await this.database
        .pool('admin')
        .query(ADD, [
          column('minute'),
          column('operator'),
          column('target'),
          column('answered'),
          column('failed'),
          column('within500Ms'),
          column('within2s'),
        ]);
    } catch (error) {
      evidence.giveBack(rows);
      // All is to be read again once that is possible.
      this.runs = 0;
      throw error;
    }
  }
}
