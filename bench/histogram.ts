const BINS = 100_000;
const BIN_MS = 0.01;

/** Latencies in bins of 10 µs up to 1 s; what is slower counts as 1 s. */
export class Histogram {
  private readonly bins = new Uint32Array(BINS);
  private count = 0;

  add(ms: number): void {
    const bin = (ms / BIN_MS) | 0;
    this.bins[bin < BINS ? bin : BINS - 1]!++;
    this.count++;
  }

  /** @returns milliseconds; the upper edge of the bin */
  quantile(share: number): number {
    const wanted = this.count * share;
    let seen = 0;
    for (let bin = 0; bin < BINS; bin++) {
      seen += this.bins[bin]!;
      if (seen >= wanted && seen > 0) return Math.round((bin + 1) * BIN_MS * 100) / 100;
    }
    return 0;
  }
}
