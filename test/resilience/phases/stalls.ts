import { monitorEventLoopDelay } from 'node:perf_hooks';

const GRAIN_MS = 10;

/** How long the machine kept this process waiting: what a busy machine adds to every answer. */
export class Stalls {
  private readonly delay = monitorEventLoopDelay({ resolution: GRAIN_MS });
  private readonly waits: { readonly from: number; readonly to: number }[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** Counts from now on. */
  begin(): void {
    this.delay.enable();
    this.delay.reset();
    let due = Date.now() + GRAIN_MS;
    this.timer = setInterval(() => {
      const now = Date.now();
      if (now > due) this.waits.push({ from: due, to: now });
      due = now + GRAIN_MS;
    }, GRAIN_MS);
  }

  /** @returns the longest stall since {@link begin}, milliseconds beyond the grain of the measurement */
  end(): number {
    clearInterval(this.timer);
    const worst = this.delay.max / 1e6 - GRAIN_MS;
    this.delay.disable();
    return Math.max(0, Math.round(worst));
  }

  /**
   * What of a call this process spent waiting for its turn. Load and balancer live in it, and a call passes it four
   * times, so that the longest stall alone does not say what was added to one answer.
   * @param sentAt milliseconds since the epoch
   */
  during({ sentAt, ms }: { readonly sentAt: number; readonly ms: number }): number {
    return this.waits.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, sentAt + ms) - Math.max(from, sentAt)),
      0,
    );
  }
}
