import { Logger } from '../telemetry/logger.js';

/** Work that is done again and again, one run at a time; a run that fails is logged and tried at the next turn. */
export class Recurring {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /** @param complaint what the log says of a failed run */
  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly logger: Logger,
    private readonly complaint: string,
  ) {}

  /** The first run is one interval away; the timer keeps no process alive. */
  start(everyMs: number): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.run().finally(() => {
        this.running = undefined;
      });
    }, everyMs).unref();
  }

  /** Resolves when no run is going on any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      this.logger.warn({ err: error }, this.complaint);
    }
  }
}
