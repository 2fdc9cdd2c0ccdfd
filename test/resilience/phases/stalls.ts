import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the machine kept this process waiting: what a busy machine adds to every answer. */
export class Stalls {
  private readonly delay = monitorEventLoopDelay({ resolution: 10 });

  /** Counts from now on. */
  begin(): void {
    this.delay.enable();
    this.delay.reset();
  }

  /** @returns the longest stall since {@link begin}, milliseconds beyond the grain of the measurement */
  end(): number {
    const worst = this.delay.max / 1e6 - 10;
    this.delay.disable();
    return Math.max(0, Math.round(worst));
  }
}
