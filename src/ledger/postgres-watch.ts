import type { Pool } from 'pg';
import { Logger } from '../telemetry/logger.js';

const PROBE_EVERY_MS = 1_000;

/** Remembers that Postgres is away, so that calls are refused at once instead of each waiting for a timeout. */
export class PostgresWatch {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {}

  get away(): boolean {
    return this.timer !== undefined;
  }

  /** From now on one probe a second, until Postgres answers. */
  lost(reason: string): void {
    if (this.away) return;
    this.logger.error({ reason }, 'the ledger cannot be written: calls are refused until it can');
    this.timer = setTimeout(() => void this.probe(), PROBE_EVERY_MS).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async probe(): Promise<void> {
    try {
      await this.pool.query('SELECT FROM usage_ledger LIMIT 0');
      this.timer = undefined;
      this.logger.info('the ledger can be written again');
    } catch {
      this.timer = setTimeout(() => void this.probe(), PROBE_EVERY_MS).unref();
    }
  }
}
