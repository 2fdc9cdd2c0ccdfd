import { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '../telemetry/logger.js';
import { KeyRing } from './key-ring.js';
import { KeyUpkeep } from './key-upkeep.js';

const EVERY_MS = 60 * 60_000;

/** Keys are replaced by age, without anybody's doing: at start and hourly, by one process for all. */
export class KeySchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;

  constructor(
    private readonly upkeep: Pick<KeyUpkeep, 'check'>,
    private readonly ring: Pick<KeyRing, 'refresh'>,
    private readonly logger: Logger,
    private readonly everyMs = EVERY_MS,
  ) {}

  /** The start does not wait for it. */
  onApplicationBootstrap(): void {
    const checkInBackground = (): void => {
      this.checking ??= this.check().finally(() => {
        this.checking = undefined;
      });
    };
    checkInBackground();
    this.timer = setInterval(checkInBackground, this.everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.checking;
  }

  /** Never throws: with the keys at hand everything goes on, and the next hour tries again. */
  private async check(): Promise<void> {
    try {
      const changes = await this.upkeep.check();
      if (!changes) return;
      const { published, removed } = changes;
      for (const { use, kid, activeFrom } of published) {
        this.logger.info({ use, kid, active_from: activeFrom.toISOString() }, 'a new key is published');
      }
      for (const { use, kid } of removed)
        this.logger.info({ use, kid }, 'a key that nothing needs is removed');
      if (published.length + removed.length > 0) await this.ring.refresh();
    } catch (error) {
      this.logger.warn({ err: error }, 'keys could not be checked for their age');
    }
  }
}
