import { currentTraceId } from './trace-id.js';

/** OpenMetrics 1.0.0, "Exemplars"; in the shape in which prom-client renders it. */
interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

type Labels = Readonly<Record<string, string>>;

/** One series of a histogram: counts in plain numbers, which is what a call pays for it. */
export class Buckets {
  /** Of each bucket alone; the last is for what is above all of them. */
  readonly counts: number[];
  readonly exemplars: (Exemplar | undefined)[];
  sum = 0;

  constructor(
    readonly labels: Labels,
    private readonly bounds: readonly number[],
    private readonly traced: boolean,
  ) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
    this.exemplars = Array.from({ length: bounds.length + 1 }, () => undefined);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at += 1;
    this.counts[at]! += 1;
    this.sum += value;
    if (!this.traced) return;
    const trace_id = currentTraceId();
    if (trace_id === undefined) return;
    this.exemplars[at] = { labelSet: { trace_id }, value, timestamp: Date.now() / 1000 };
  }
}

/** What prom-client's registry renders a line from. */
interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

/** A histogram for prom-client's registry whose series are found once, not anew for each value. */
export class Distribution {
  readonly type = 'histogram';
  private readonly series = new Map<string, Buckets>();

  /**
   * @param bounds upper ones of the buckets, ascending
   * @param labelNames in the order in which `of` takes their values
   * @param traced its buckets name the trace of one of their values, where there is tracing
   */
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly bounds: readonly number[],
    readonly labelNames: readonly string[],
    private readonly traced: boolean,
  ) {
    // Without labels there is one series, which shows before its first value.
    if (labelNames.length === 0) this.of();
  }

  /** @returns the series of these values; made when there is none. Keep it where a call needs it */
  of(...values: readonly string[]): Buckets {
    const key = values.join('|');
    let found = this.series.get(key);
    if (found === undefined) {
      const labels = Object.fromEntries(this.labelNames.map((name, at) => [name, values[at]!]));
      found = new Buckets(labels, this.bounds, this.traced);
      this.series.set(key, found);
    }
    return found;
  }

  /** As prom-client's own metrics answer their registry. */
  get(): Promise<object> {
    const { name, help, type } = this;
    const values = [...this.series.values()].flatMap((buckets) => this.samples(buckets));
    return Promise.resolve({ name, help, type, values });
  }

  private samples({ labels: sharedLabels, counts, exemplars, sum }: Buckets): Sample[] {
    let upTo = 0;
    const samples = counts.map((count, at): Sample => {
      upTo += count;
      const labels = { le: this.bounds[at] ?? '+Inf' };
      const exemplar = exemplars[at];
      return { metricName: `${this.name}_bucket`, labels, sharedLabels, value: upTo, exemplar };
    });
    const total = { labels: {}, sharedLabels };
    samples.push({ ...total, metricName: `${this.name}_sum`, value: sum });
    samples.push({ ...total, metricName: `${this.name}_count`, value: upTo });
    return samples;
  }
}
