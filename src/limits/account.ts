import { PolicyStanding } from '../contract/rate-limit.js';
import { DAY, MONTH, Period } from './calendar.js';
import { Moment } from './moment.js';
import { Plan, Window } from './plan.js';
import { RateBucket } from './rate-bucket.js';

/** A caller whose calls are all still going on may try again in a second. */
const CONCURRENT_RETRY_MS = 1000;

/** The policy that has nothing left, and when it has again. */
export interface Exhausted {
  readonly kind: 'rate' | 'quota' | 'concurrent';
  readonly name: string;
  /** Whole, at least 1. */
  readonly retryAfterSeconds: number;
}

export interface Tightest extends PolicyStanding {
  /** What is left of what there is, 0 to 1. */
  readonly part: number;
}

/** What a tenant or subscription has used: a bucket for its rate, counters of the current minute, hour, day, month. */
export class Account {
  private inFlight = 0;
  private readonly bucket = new RateBucket();
  private readonly index = [0, 0, 0, 0];
  private readonly used = [0, 0, 0, 0];
  /** What of `used` all replicas know of: only what is left beyond it is divided among them. */
  private readonly known = [0, 0, 0, 0];

  /** @param plan until the first `refresh` */
  constructor(private plan: Plan) {}

  /** What it is limited to. */
  get limits(): Plan {
    return this.plan;
  }

  /** Brings everything to now, under the limits of now; the other methods go by the last time it was called. */
  refresh(plan: Plan, moment: Moment): void {
    this.plan = plan;
    if (plan.rate !== undefined) this.bucket.refill(plan.rate, moment);
    for (const { slot } of plan.windows) {
      if (this.index[slot] === moment.period.index[slot]) continue;
      this.index[slot] = moment.period.index[slot];
      this.used[slot] = 0;
      this.known[slot] = 0;
    }
  }

  /**
   * Takes nothing.
   * @param wanted 1 for a call that is not counted yet, 0 for one that is
   * @returns of several exhausted policies the one that lasts longest
   */
  exhausted(moment: Moment, wanted: 0 | 1): Exhausted | undefined {
    const { plan } = this;
    let found: Exhausted | undefined;
    // Calls at once are counted where they are answered, each replica its part.
    if (this.inFlight + wanted > Math.max(1, Math.floor(plan.concurrent / moment.replicas))) {
      found = exhausted('concurrent', 'concurrent', CONCURRENT_RETRY_MS);
    }
    const rateMs = plan.rate === undefined ? 0 : this.bucket.waitMs(wanted, plan.rate, moment);
    if (rateMs > 0) found = exhausted('rate', 'rate', rateMs);
    for (const window of plan.windows) {
      if (this.left(window, moment) >= wanted) continue;
      const waitMs = moment.period.endsAtMs[window.slot] - moment.nowMs;
      if (found !== undefined && found.retryAfterSeconds * 1000 > waitMs) continue;
      found = exhausted(window.slot >= DAY ? 'quota' : 'rate', window.name, waitMs);
    }
    return found;
  }

  /** Counts one call everywhere. */
  take(): void {
    this.inFlight += 1;
    if (this.plan.rate !== undefined) this.bucket.take();
    for (const { slot } of this.plan.windows) this.used[slot]! += 1;
  }

  /** The call is over. */
  leave(): void {
    this.inFlight -= 1;
  }

  /** The call was refused elsewhere: as if it had never been counted, but for `leave`. */
  giveBack({ index }: Period): void {
    if (this.plan.rate !== undefined) this.bucket.giveBack();
    for (const { slot } of this.plan.windows) this.lower(slot, index[slot]);
  }

  /** The call never reached an operator, and quotas count what did. */
  giveBackQuota({ index }: Period): void {
    this.lower(DAY, index[DAY]);
    this.lower(MONTH, index[MONTH]);
  }

  /** Somebody who counts for all replicas has seen at least `count` calls in that window. */
  learn(slot: Window['slot'], index: number, count: number): void {
    if (this.index[slot]! > index) return;
    this.used[slot] = Math.max(this.usedIn(slot, index), count);
    this.index[slot] = index;
    this.known[slot] = this.used[slot];
  }

  /** @param calls what the bucket of all replicas holds */
  learnRate(calls: number): void {
    if (this.plan.rate !== undefined) this.bucket.learn(calls);
  }

  /** @returns how many calls the window with this number has counted */
  usedIn(slot: Window['slot'], index: number): number {
    return this.index[slot] === index ? this.used[slot]! : 0;
  }

  /** @returns what is left of the tightest rate, or of the tightest quota */
  tightest(among: 'rates' | 'quotas', moment: Moment): Tightest | undefined {
    const { rate, windows } = this.plan;
    let found: Tightest | undefined;
    if (among === 'rates' && rate !== undefined) {
      const { calls, resetMs, part } = this.bucket.left(rate, moment);
      found = { name: 'rate', remaining: calls, resetSeconds: wholeSeconds(resetMs), part };
    }
    for (const window of windows) {
      if (window.slot >= DAY !== (among === 'quotas')) continue;
      const remaining = Math.max(0, this.left(window, moment));
      const part = remaining / window.limit;
      if (found !== undefined && found.part <= part) continue;
      const resetSeconds = wholeSeconds(moment.period.endsAtMs[window.slot] - moment.nowMs);
      found = { name: window.name, remaining, resetSeconds, part };
    }
    return found;
  }

  /** Whether a new account would say the same. */
  idle(moment: Moment): boolean {
    this.refresh(this.plan, moment);
    const { rate, windows } = this.plan;
    const full = rate === undefined || this.bucket.full(rate, moment);
    return full && this.inFlight === 0 && windows.every(({ slot }) => this.used[slot] === 0);
  }

  private left({ slot, limit }: Window, { alone, replicas }: Moment): number {
    if (!alone || replicas === 1) return limit - this.used[slot]!;
    const open = Math.max(0, limit - this.known[slot]!);
    // Never less than one, or a quota smaller than the number of replicas would let nothing pass.
    const ours = open > 0 ? Math.max(1, Math.floor(open / replicas)) : 0;
    return this.known[slot]! + ours - this.used[slot]!;
  }

  private lower(slot: Window['slot'], index: number): void {
    if (this.index[slot] === index && this.used[slot]! > 0) this.used[slot]! -= 1;
  }
}

function exhausted(kind: Exhausted['kind'], name: string, waitMs: number): Exhausted {
  return { kind, name, retryAfterSeconds: wholeSeconds(waitMs) };
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
