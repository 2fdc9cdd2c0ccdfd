import { Problem } from '../contract/problem.js';
import { Metrics } from '../telemetry/metrics.js';
import { Client } from '../tenants/tenants.js';

const SWEEP_ABOVE = 1_024;

/**
 * The rate of each subscription, by the generic cell rate algorithm: one number per subscription, no window.
 * In memory, so the limit counts per process.
 */
export class Limits {
  /** When the subscription will have paid for all its calls so far, in milliseconds of the clock. */
  private readonly paidAt = new Map<string, number>();
  private sweepAbove = SWEEP_ABOVE;

  /** @param clock monotonic milliseconds */
  constructor(
    private readonly metrics: Metrics,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /**
   * Counts one call: `burst` at once, then `ratePerSecond` evenly. A refused call costs nothing.
   * @throws Problem rateLimited, with the whole seconds to wait (at least 1)
   */
  take({ subscription: { id, ratePerSecond, burst } }: Client): void {
    const now = this.clock();
    const intervalMs = 1000 / ratePerSecond;
    const paidAt = Math.max(this.paidAt.get(id) ?? now, now) + intervalMs;
    const waitMs = paidAt - now - burst * intervalMs;
    // A billionth of a call of tolerance, for the rounding of many small additions.
    if (waitMs > intervalMs * 1e-9) {
      this.metrics.rateLimited('deny');
      throw new Problem('rateLimited', { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
    }
    this.paidAt.set(id, paidAt);
    this.metrics.rateLimited('allow');
    if (this.paidAt.size > this.sweepAbove) this.sweep(now);
  }

  /** How many subscriptions are held in memory. */
  get size(): number {
    return this.paidAt.size;
  }

  /** Whoever has paid is as good as unknown. The threshold doubles, so that a sweep costs O(1) per call. */
  private sweep(now: number): void {
    for (const [id, paidAt] of this.paidAt) {
      if (paidAt <= now) this.paidAt.delete(id);
    }
    this.sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.paidAt.size);
  }
}
