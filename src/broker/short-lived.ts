import { unavailable } from './unavailable.js';

const PRUNE_EVERY_MS = 5_000;

interface Entry<V> {
  /** undefined: it has been taken, and is known to have been. */
  value: V | undefined;
  readonly expiresAtMs: number;
}

/**
 * What this process keeps itself while Postgres is away. What is known here is decided here, to its end: a write
 * that was given up may have reached Postgres all the same, and must not be found there a second time.
 */
export class ShortLived<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private prunedAtMs = 0;

  /**
   * @param capacity more are refused
   * @param clock milliseconds since the epoch
   */
  constructor(
    private readonly capacity: number,
    private readonly clock: () => number = Date.now,
  ) {}

  /** @throws TemporarilyUnavailable when there is no room */
  put(key: string, value: V, ttlSeconds: number): void {
    this.prune();
    if (this.entries.size >= this.capacity && !this.entries.has(key)) throw unavailable('memory is full');
    this.entries.set(key, { value, expiresAtMs: this.clock() + ttlSeconds * 1000 });
  }

  /** Also of what was taken, until it would have expired. */
  knows(key: string): boolean {
    return this.live(key) !== undefined;
  }

  get(key: string): V | undefined {
    return this.live(key)?.value;
  }

  /** Once; from then on it is known, and gone. */
  take(key: string): V | undefined {
    const entry = this.live(key);
    if (!entry) return undefined;
    const { value } = entry;
    entry.value = undefined;
    return value;
  }

  /** Takes whatever is meant. */
  takeWhere(meant: (key: string, value: V) => boolean): void {
    for (const [key, entry] of this.entries) {
      if (entry.value !== undefined && meant(key, entry.value)) entry.value = undefined;
    }
  }

  private live(key: string): Entry<V> | undefined {
    const entry = this.entries.get(key);
    return entry && entry.expiresAtMs > this.clock() ? entry : undefined;
  }

  private prune(): void {
    const now = this.clock();
    if (now - this.prunedAtMs < PRUNE_EVERY_MS) return;
    this.prunedAtMs = now;
    for (const [key, { expiresAtMs }] of this.entries) if (expiresAtMs <= now) this.entries.delete(key);
  }
}
