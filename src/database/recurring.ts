import { Logger } from '../telemetry/logger.js';

/** Who is told that work is done again and again, and each time that it was. */
export interface TaskWatch {
  started(): void;
  succeeded(): void;
}

/**
 * Work that is done again and again, one run at a time; a run that fails is tried at the next turn. The first of
 * several that fail is logged: what is away for an hour need not be told of every second.
 */
export class Recurring {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private failing = false;

  /** @param complaint what the log says of a failed run */
  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly logger: Logger,
    private readonly complaint: string,
    private readonly watch?: TaskWatch,
  ) {}

  /** The first run is one interval away; the timer keeps no process alive. */
  start(everyMs: number): void {
    this.stopped = false;
    this.watch?.started();
    this.timer ??= setInterval(() => {
      if (!this.running) this.begin();
    }, everyMs).unref();
  }

  /**
   * A run now. Asked for during a run, one more follows it, however often it was asked for: what is asked for
   * now may be too late for the run that is going on.
   */
  soon(): void {
    if (this.stopped) return;
    if (this.running) this.again = true;
    else this.begin();
  }

  /** Resolves when no run is going on any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    this.stopped = true;
    this.again = false;
    await this.running;
  }

  private begin(): void {
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (!this.again) return;
      this.again = false;
      this.begin();
    });
  }

  private async run(): Promise<void> {
    try {
      await this.work();
      this.watch?.succeeded();
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.logger.warn({ err: error }, this.complaint);
      this.failing = true;
    }
  }
}
