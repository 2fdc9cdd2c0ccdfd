/** Tokens are forgotten by the half minute in which they expire, all of one half minute at once. */
const BUCKET_SECONDS = 30;
/** Longer than any clock tolerance with which a token may still be taken for valid. */
const GRACE_SECONDS = 60;

export type Refusal = 'spent' | 'undecided' | 'full';

/**
 * What this process itself has dispatched: a second use of a token is refused without asking Postgres, also within
 * one batch. When full it refuses: forgetting a token that still lives would let it be spent twice.
 */
export class SingleUseGuard {
  private readonly buckets = new Map<number, Set<string>>();
  /** Not known whether their row stands: neither spent nor free until Postgres has been asked. */
  private readonly undecided = new Set<string>();
  private held = 0;
  private sweepAt = 0;

  constructor(
    private readonly capacity = 1_000_000,
    private readonly nowSeconds: () => number = () => Date.now() / 1000,
  ) {}

  /**
   * @param expiresAt seconds since the epoch, the token's own
   * @returns why not, or undefined: the token is now held
   */
  take(jti: string, expiresAt: number): Refusal | undefined {
    const now = this.nowSeconds();
    if (now >= this.sweepAt) this.sweep(now);
    const at = Math.floor(expiresAt / BUCKET_SECONDS);
    let bucket = this.buckets.get(at);
    if (bucket?.has(jti)) return this.undecided.has(jti) ? 'undecided' : 'spent';
    if (this.held >= this.capacity) return 'full';
    if (bucket === undefined) this.buckets.set(at, (bucket = new Set()));
    bucket.add(jti);
    this.held++;
    return undefined;
  }

  /** The token's row may or may not stand. */
  doubt(jti: string): void {
    this.undecided.add(jti);
  }

  /** The token's row does not stand: it may be used again. */
  free(jti: string, expiresAt: number): void {
    this.undecided.delete(jti);
    if (this.buckets.get(Math.floor(expiresAt / BUCKET_SECONDS))?.delete(jti)) this.held--;
  }

  get size(): number {
    return this.held;
  }

  private sweep(now: number): void {
    for (const [at, bucket] of this.buckets) {
      if ((at + 1) * BUCKET_SECONDS + GRACE_SECONDS > now) continue;
      this.buckets.delete(at);
      this.held -= bucket.size;
      if (this.undecided.size > 0) for (const jti of bucket) this.undecided.delete(jti);
    }
    this.sweepAt = now + BUCKET_SECONDS;
  }
}
