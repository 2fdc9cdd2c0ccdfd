import { ShedClass } from '../telemetry/limit-metrics.js';
import { watchLoop } from '../telemetry/loop-watch.js';
import { Metrics } from '../telemetry/metrics.js';

/** What part of the seats a class may fill: what finishes a sign-in goes before what begins one, then the rest. */
const SHARES: Readonly<Record<ShedClass, number>> = { finish: 1, start: 0.75, rest: 0.5 };

/** How late the event loop may be before there are too many requests in it. */
const TOO_LATE_MS = 50;
const LATE_FACTOR = 0.75;
/** Of the most seats there are: how many come back per look, and how many always stay. */
const GROWTH = 1 / 32;
const LEAST = 1 / 8;

/**
 * How many requests this process works on at once: never more than a fixed number, and fewer while its event loop
 * runs late (additive increase, multiplicative decrease). A slow operator alone makes nothing late.
 */
export class Shedding {
  private inFlight = 0;
  private peak = 0;
  private limit: number;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param most requests in flight
   * @param clock monotonic milliseconds
   */
  constructor(
    private readonly metrics: Metrics,
    private readonly most: number,
    private readonly clock?: () => number,
  ) {
    this.limit = most;
    metrics.sample(() => metrics.limits.seats(this.inFlight, Math.floor(this.limit)));
  }

  /** Whether a request of this class has to be refused now; counts nothing else than the refusal. */
  refuses(urgency: ShedClass): boolean {
    if (this.inFlight < this.limit * SHARES[urgency]) return false;
    this.peak = Math.max(this.peak, this.inFlight);
    this.metrics.limits.shed(urgency);
    return true;
  }

  /** A request is being worked on. */
  enter(): void {
    this.inFlight += 1;
    if (this.inFlight > this.peak) this.peak = this.inFlight;
  }

  leave(): void {
    this.inFlight -= 1;
  }

  /** Looks at the event loop from now on; the timer keeps no process alive. */
  start(): void {
    this.timer ??= watchLoop((lateMs) => this.adapt(lateMs), this.clock);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** @param lateMs how much later than planned the event loop got to this */
  adapt(lateMs: number): void {
    // Lateness with few requests in flight has another cause: refusing some of those would not help.
    const busy = this.peak >= this.limit / 2;
    if (lateMs > TOO_LATE_MS && busy) {
      this.limit = Math.max(this.most * LEAST, Math.min(this.limit, this.peak) * LATE_FACTOR);
    } else if (lateMs < TOO_LATE_MS / 2) {
      this.limit = Math.min(this.most, this.limit + this.most * GROWTH);
    }
    this.peak = this.inFlight;
  }
}
