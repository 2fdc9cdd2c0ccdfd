import { unavailable } from './unavailable.js';

const CAPACITY = 200_000;

/**
 * One-time things that this process has seen, whatever became of them in Postgres: so that each is accepted once
 * here, before, during and after an outage.
 */
export class OneTimeMarks {
  /** By key, until when; nearly in the order of their ends. */
  private readonly marks = new Map<string, number>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly capacity = CAPACITY,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * @param needed while Postgres is away nothing else knows: then none is forgotten before its time
   * @returns whether it was new
   * @throws TemporarilyUnavailable when there is no room
   */
  take(key: string, ttlSeconds: number, needed: boolean): boolean {
    const now = this.clock();
    if ((this.marks.get(key) ?? 0) > now) return false;
    for (const [eldest, until] of this.marks) {
      if (until > now && this.marks.size < this.capacity) break;
      if (until > now && needed) throw unavailable('memory is full');
      this.marks.delete(eldest);
    }
    this.marks.delete(key);
    this.marks.set(key, now + ttlSeconds * 1000);
    return true;
  }

  /** It was not accepted after all. */
  release(key: string): void {
    this.marks.delete(key);
  }
}
