import { ThrottlerStorage } from '@nestjs/throttler';

/** One window of one key; what it held is worthless when window and block are both over. */
interface Hits {
  count: number;
  endsAtMs: number;
  blockedUntilMs: number;
}

const MOST_KEYS = 100_000;

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Storage for @nestjs/throttler: a counter per key and window, so that a hit costs the same whatever the limit is (its
 * own storage keeps a list of hits and scans it). Memory is bounded: of too many keys the oldest windows go first.
 */
export class FixedWindowStorage implements ThrottlerStorage {
  private readonly hits = new Map<string, Hits>();

  /**
   * @param clock monotonic milliseconds
   * @param mostKeys held at once
   */
  constructor(
    private readonly clock: () => number = () => performance.now(),
    private readonly mostKeys = MOST_KEYS,
  ) {}

  /**
   * Counts one hit, unless the key is blocked.
   * @param ttl length of the window in milliseconds
   * @param blockDuration milliseconds for which the key is refused once it has gone over the limit
   * @returns times in whole seconds, as the library wants them
   */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerStorageRecord> {
    const now = this.clock();
    const hits = this.windowOf(`${throttlerName}:${key}`, now, ttl);
    if (hits.blockedUntilMs <= now) {
      hits.count += 1;
      if (hits.count > limit) hits.blockedUntilMs = now + blockDuration;
    }
    return {
      totalHits: hits.count,
      timeToExpire: secondsUntil(hits.endsAtMs, now),
      isBlocked: hits.blockedUntilMs > now,
      timeToBlockExpire: secondsUntil(hits.blockedUntilMs, now),
    };
  }

  get size(): number {
    return this.hits.size;
  }

  private windowOf(key: string, now: number, ttl: number): Hits {
    const found = this.hits.get(key);
    const blocked = found !== undefined && found.blockedUntilMs > now;
    const blockOver = found !== undefined && found.blockedUntilMs > 0 && !blocked;
    if (found !== undefined && (blocked || (found.endsAtMs > now && !blockOver))) return found;
    // A new window goes to the end: the map stays in the order in which windows began.
    this.hits.delete(key);
    if (this.hits.size >= this.mostKeys) this.dropOldest(now);
    const hits = { count: 0, endsAtMs: now + ttl, blockedUntilMs: 0 };
    this.hits.set(key, hits);
    return hits;
  }

  /** The oldest goes in any case, and with it those behind it that are over. */
  private dropOldest(now: number): void {
    let first = true;
    for (const [key, { endsAtMs, blockedUntilMs }] of this.hits) {
      if (!first && (endsAtMs > now || blockedUntilMs > now)) return;
      this.hits.delete(key);
      first = false;
    }
  }
}

function secondsUntil(ms: number, now: number): number {
  return Math.max(0, Math.ceil((ms - now) / 1000));
}
