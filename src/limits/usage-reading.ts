import { Logger } from '../telemetry/logger.js';
import { periodAt } from './calendar.js';
import { Limits } from './limits.js';
import { UsageCounts, knownUsage } from './usage-counts.js';

const EVERY_MS = 60_000;
/** While the records cannot be read, what was read last and what is counted here stays in force. */
const AGAIN_AFTER_MS = 5_000;

/** Reads at start and once a minute what the usage records say, so that quotas survive a restart. */
export class UsageReading {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly limits: Limits,
    private readonly usage: UsageCounts,
    private readonly logger: Logger,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Resolves after the first reading, whether or not it succeeded. */
  async onApplicationBootstrap(): Promise<void> {
    const read = await this.read();
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.onApplicationBootstrap(), read ? EVERY_MS : AGAIN_AFTER_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async read(): Promise<boolean> {
    const period = periodAt(this.clock());
    try {
      const counts = await this.usage.since(new Date(period.dayStartMs), new Date(period.monthStartMs));
      this.limits.learnUsage(knownUsage(period, counts));
      return true;
    } catch (error) {
      this.logger.warn({ err: error }, 'usage records cannot be read: quotas go by what was counted here');
      return false;
    }
  }
}
