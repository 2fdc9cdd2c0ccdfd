import { Inject, Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Recurring } from '../database/recurring.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { BrokerStore } from './broker-store.js';

const EVERY_MS = 30_000;
const TABLES = [
  'broker_transactions',
  'upstream_sessions',
  'oidc_artifacts',
  'ciba_requests',
  'revoked_tokens',
] as const;
const BATCH = 5_000;

/** Takes expired rows away. Nothing depends on it but the size of the tables: every read looks at the expiry. */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly sweeping: Recurring;

  constructor(
    private readonly store: BrokerStore,
    private readonly metrics: Metrics,
    @Inject(LOGGER) logger: Logger,
  ) {
    const complaint = 'expired sign-ins could not be removed';
    const work = (): Promise<void> => this.sweep().then(() => this.countOpen());
    this.sweeping = new Recurring(work, logger, complaint, metrics.process.task('broker_sweep'));
  }

  onApplicationBootstrap(): void {
    this.sweeping.start(EVERY_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.sweeping.stop();
  }

  /** In small statements, past rows that another process is removing. @returns how many rows went */
  async sweep(): Promise<number> {
    if (this.store.away) return 0;
    let removed = 0;
    for (const table of TABLES) {
      for (let count = BATCH; count === BATCH; removed += count) {
        ({ count } = await this.store.query(
          `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM ${table} WHERE expires_at < now() LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
          [],
        ));
      }
    }
    return removed;
  }
  /** Of all processes: a sign-in that began here may come back elsewhere. */
  private async countOpen(): Promise<void> {
    if (this.store.away) return;
    const { rows } = await this.store.query(
      `SELECT (SELECT count(*) FROM broker_transactions WHERE expires_at > now())::int AS authcode,
        (SELECT count(*) FROM ciba_requests WHERE ends_at > now() AND consumed_at IS NULL)::int AS ciba`,
      [],
    );
    const { authcode, ciba } = rows[0] as Record<'authcode' | 'ciba', number>;
    this.metrics.broker.pending('authcode', authcode);
    this.metrics.broker.pending('ciba', ciba);
  }
}
