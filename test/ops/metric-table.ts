import { readFileSync } from 'node:fs';
import { Metrics } from '../../src/telemetry/metrics.js';

/** Labels by name of a series. */
export type Series = ReadonlyMap<string, readonly string[]>;

type MetricType = 'counter' | 'gauge' | 'histogram';

interface DocumentedMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
}

const TABLE = /<!-- metrics:begin -->(.*)<!-- metrics:end -->/s;
/** Name, type and labels; what follows is for people. */
const ROW = /^\|\s*`?(nvgw_\w+)`?\s*\|\s*(\w+)\s*\|([^|]*)\|/;

/** The product's own metrics, as `docs/metrics.md` has them. @throws Error without a table, or with an odd row */
function documentedMetrics(file = 'docs/metrics.md'): DocumentedMetric[] {
  const table = TABLE.exec(readFileSync(file, 'utf8'))?.[1];
  if (table === undefined) throw new Error(`${file} has no table of metrics`);
  return table.split('\n').flatMap((line) => {
    if (!line.includes('nvgw_')) return [];
    const [, name, type, labels] = ROW.exec(line) ?? [];
    if (!name || !isType(type)) throw new Error(`cannot read this row of ${file}: ${line}`);
    return [{ name, type, labels: labels!.match(/\w+/g) ?? [] }];
  });
}

/** What a scrape has: the product's series and the library's own (`process_…`, `nodejs_…`). */
export async function scrapedSeries(): Promise<Series> {
  const own = documentedMetrics().flatMap(({ name, type, labels }): [string, readonly string[]][] =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_sum`, labels],
          [`${name}_count`, labels],
        ]
      : [[name, labels]],
  );
  return new Map([...(await librarySeries()), ...own]);
}

/** Asked of the library itself, which documents them nowhere. */
async function librarySeries(): Promise<[string, string[]][]> {
  const page = await new Metrics().render();
  const names = [...page.matchAll(/^# TYPE ((?:process|nodejs)_\w+) (\w+)$/gm)];
  return names.flatMap(([, name, type]): [string, string[]][] => {
    const labels = new Set(
      [...page.matchAll(new RegExp(`^${name}\\w*\\{(.*)\\}`, 'gm'))].flatMap(labelNames),
    );
    const all = [...labels, ...(name === 'nodejs_gc_duration_seconds' ? ['kind'] : [])];
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['', '_total'];
    return suffixes.map((suffix) => [`${name}${suffix}`, all]);
  });
}

function labelNames([, labels]: RegExpExecArray): string[] {
  return [...labels!.matchAll(/(\w+)="/g)].map(([, label]) => label!);
}

function isType(type: string | undefined): type is MetricType {
  return type === 'counter' || type === 'gauge' || type === 'histogram';
}
