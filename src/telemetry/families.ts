import { setImmediate as turn } from 'node:timers/promises';
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Metric, OpenMetricsContentType } from 'prom-client';
import { Distribution } from './distribution.js';
import { plainText } from './plain-text.js';
import { Tally } from './tally.js';

/** What is known of a metric beside its values; docs/metrics.md says the same. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

/** Seconds. */
export const BUCKETS = {
  /** Requests of ours: the boundaries OpenTelemetry advises for HTTP. */
  http: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  operator: [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 10, 15],
  /** What should take a few milliseconds. */
  fine: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  spread: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
} as const;

/** So long a page is made at a stretch, and the rest of one family. */
const LONGEST_STALL_MS = 3;

/**
 * The one registry. It is OpenMetrics always: rendering a registry once so takes `_total` from the names of its
 * counters for good, and only such a registry takes exemplars. The older text is made from its page.
 */
export class Families {
  private readonly registry = openMetricsRegistry();
  /** The library's own; apart, because their names are made right only where all are rendered at once. */
  private readonly ofRuntime = openMetricsRegistry();
  private readonly known: Family[] = [];
  private readonly samplers: (() => void)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.ofRuntime as unknown as Registry });
  }

  /** Ours, without the library's own (`process_`, `nodejs_`). */
  get all(): readonly Family[] {
    return this.known;
  }

  counter(name: string, help: string, labels: readonly string[] = []): Tally {
    this.note(name, 'counter', labels);
    // The ending belongs to the samples, not to the family: OpenMetrics text puts it there.
    const family = `nvgw_${name.replace(/_total$/, '')}`;
    const options = { name: family, help, labelNames: [...labels], registers: [this.registry] };
    const tally = new Tally(new Counter(options), labels);
    this.sample(() => tally.collect());
    return tally;
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    this.note(name, 'gauge', labels);
    return new Gauge({ name: `nvgw_${name}`, help, labelNames: [...labels], registers: [this.registry] });
  }

  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly string[] = [],
  ): Distribution {
    return this.distribution(name, help, buckets, labels, false);
  }

  /** A histogram whose buckets name the trace of one of their calls, where there is tracing. */
  traced(name: string, help: string, buckets: readonly number[], labels: readonly string[]): Distribution {
    return this.distribution(name, help, buckets, labels, true);
  }

  /** Calls `sampler` before each page: for gauges that would cost too much to keep current per call. */
  sample(sampler: () => void): void {
    this.samplers.push(sampler);
  }

  /** @returns the page in OpenMetrics text 1.0.0 */
  async render(): Promise<string> {
    for (const sampler of this.samplers) sampler();
    const families: string[] = [];
    let sinceTurn = performance.now();
    for (const { name } of this.registry.getMetricsAsArray() as { name: string }[]) {
      families.push(await this.registry.getSingleMetricAsString(name));
      if (performance.now() - sinceTurn < LONGEST_STALL_MS) continue;
      // Calls go on between the families of a long page.
      await turn();
      sinceTurn = performance.now();
    }
    return `${families.join('\n')}\n${await this.ofRuntime.metrics()}`;
  }

  /** @returns the page in Prometheus' text format 0.0.4: for people, and for `promtool check metrics` */
  async renderPlain(): Promise<string> {
    return plainText(await this.render());
  }

  private distribution(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly string[],
    traced: boolean,
  ): Distribution {
    this.note(name, 'histogram', labels);
    const made = new Distribution(`nvgw_${name}`, help, buckets, labels, traced);
    // The registry asks a metric for no more than it has.
    this.registry.registerMetric(made as unknown as Metric);
    return made;
  }

  private note(name: string, type: Family['type'], labels: readonly string[]): void {
    this.known.push({ name: `nvgw_${name}`, type, labels });
  }
}

/** prom-client's types do not know of the constructor's argument. */
function openMetricsRegistry(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}
