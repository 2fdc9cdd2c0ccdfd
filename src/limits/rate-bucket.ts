import { Moment } from './moment.js';

/** For the rounding of many small additions: a millionth of a call. */
const ROUNDING = 1e-6;

/** Calls per millisecond, evenly, and how many of them at once. */
export interface Rate {
  readonly ratePerMs: number;
  readonly burst: number;
}

/** The generic cell rate algorithm in its form as a bucket of calls: one number, and when it was true. */
export class RateBucket {
  private calls = Infinity;
  private filledAtMs = 0;
  /** Whether `calls` is this replica's part of what was left when it last heard of the others. */
  private divided = false;

  refill({ ratePerMs, burst }: Rate, { nowMs, alone, replicas }: Moment): void {
    // A clock that was set back adds nothing and takes nothing.
    const elapsedMs = Math.max(0, nowMs - this.filledAtMs);
    this.filledAtMs = nowMs;
    if (!alone) {
      this.calls = Math.min(burst, this.calls + elapsedMs * ratePerMs);
      return;
    }
    if (!this.divided) {
      this.calls /= replicas;
      this.divided = true;
    }
    this.calls = Math.min(partOf(burst, replicas), this.calls + (elapsedMs * ratePerMs) / replicas);
  }

  /** @returns milliseconds until so many calls are there; 0: they are */
  waitMs(wanted: number, { ratePerMs }: Rate, { alone, replicas }: Moment): number {
    const missing = wanted - ROUNDING - this.calls;
    if (missing <= 0) return 0;
    return (missing / ratePerMs) * (alone ? replicas : 1);
  }

  take(): void {
    this.calls -= 1;
  }

  giveBack(): void {
    this.calls += 1;
  }

  /** @param calls what the bucket of all replicas holds */
  learn(calls: number): void {
    this.calls = Math.min(this.calls, calls);
    this.divided = false;
  }

  /**
   * @returns whole calls that are left, and milliseconds until there is one again, or, when some are left, until
   * there are as many as can be
   */
  left(rate: Rate, moment: Moment): { calls: number; resetMs: number; part: number } {
    const most = moment.alone ? partOf(rate.burst, moment.replicas) : rate.burst;
    const calls = Math.max(0, Math.floor(this.calls + ROUNDING));
    return {
      calls,
      resetMs: this.waitMs(calls < 1 ? 1 : most, rate, moment),
      part: Math.max(0, this.calls) / most,
    };
  }

  full({ burst }: Rate, { alone, replicas }: Moment): boolean {
    return this.calls >= (alone ? partOf(burst, replicas) : burst);
  }
}

function partOf(burst: number, replicas: number): number {
  return Math.max(1, burst / replicas);
}
