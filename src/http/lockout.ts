const FIRST_LOCK_MS = 1_000;

export interface LockoutSettings {
  readonly longestLockMs: number;
  /** Failures are forgotten when none has followed for so long. */
  readonly forgottenAfterMs: number;
  readonly maxKept: number;
}

interface Failures {
  count: number;
  lastAtMs: number;
  lockedUntilMs: number;
}

/** Slows down who guesses: after some failures that cost nothing, each further one locks a name for twice as long. */
export class Lockout {
  private readonly failures = new Map<string, Failures>();

  /** @param clock milliseconds */
  constructor(
    private readonly settings: LockoutSettings,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns whole seconds until the next try, 0 when it may be now */
  secondsLeft(name: string): number {
    return Math.max(0, Math.ceil(((this.failures.get(name)?.lockedUntilMs ?? 0) - this.clock()) / 1000));
  }

  /** @param free the failure with which locking begins */
  failed(name: string, free: number): void {
    const { longestLockMs, forgottenAfterMs, maxKept } = this.settings;
    const now = this.clock();
    const before = this.failures.get(name);
    const count = before && now - before.lastAtMs < forgottenAfterMs ? before.count + 1 : 1;
    const lockMs =
      count < free ? 0 : Math.min(longestLockMs, FIRST_LOCK_MS * 2 ** Math.min(count - free, 20));
    // Last in the order of the map: the first is whoever failed longest ago.
    this.failures.delete(name);
    this.failures.set(name, { count, lastAtMs: now, lockedUntilMs: now + lockMs });
    if (this.failures.size > maxKept) this.failures.delete(this.failures.keys().next().value!);
  }

  forget(name: string): void {
    this.failures.delete(name);
  }
}
