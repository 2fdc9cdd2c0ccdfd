interface Entry<V> {
  readonly value: Promise<V>;
  readonly until: number;
}

/** Answers that stay true for a while; who asks while the answer is on its way shares it. Failures are forgotten. */
export class Remembered<V> {
  private readonly entries = new Map<string, Entry<V>>();

  /** @param size beyond it the oldest answer goes */
  constructor(
    private readonly options: { ttlMs: number; size: number },
    private readonly clock: () => number = Date.now,
  ) {}

  get(key: string, load: () => Promise<V>): Promise<V> {
    const known = this.entries.get(key);
    if (known && known.until > this.clock()) return known.value;
    const entry = { value: load(), until: this.clock() + this.options.ttlMs };
    this.entries.delete(key);
    this.entries.set(key, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.options.size) this.entries.delete(oldest!);
    entry.value.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry.value;
  }
}
