import { dashboards, queriesOf, withVariables } from './dashboards.js';
import type { Prometheus, Sample } from './prometheus.js';

/** Queries that a smoke load on one machine cannot fill, by what they ask for, with the reason. */
const EXPECTED_EMPTY: readonly { readonly asks: RegExp; readonly why: string }[] = [
  {
    asks: /nvgw_operator_credential_expiry_timestamp_seconds/,
    why: 'the simulated operators use keys of ours that do not expire; certificates and dated secrets do',
  },
];
const WITHOUT_REDIS = {
  asks: /nvgw_rate_limit_store_duration_seconds/,
  why: 'no redis-server is installed',
} as const;

/** More than the whole run. */
const RANGE = '5m';

export interface Findings {
  readonly asked: number;
  /** Must be empty. */
  readonly empty: readonly string[];
  /** Empty for a good reason. */
  readonly excused: readonly string[];
  /** Excused without need: the list is out of date. */
  readonly filled: readonly string[];
}

/** Sends every query of every dashboard. */
export async function findWithoutData(prometheus: Prometheus, redis: boolean): Promise<Findings> {
  const excuses = redis ? EXPECTED_EMPTY : [...EXPECTED_EMPTY, WITHOUT_REDIS];
  const queries = [...dashboards()].flatMap(([name, dashboard]) => queriesOf(name, dashboard));
  const [empty, excused, filled]: string[][] = [[], [], []];
  for (const { place, expr, event } of queries) {
    const excuse = excuses.find(({ asks }) => asks.test(expr));
    const asked = withVariables(expr, RANGE);
    const sent = event ? `last_over_time((${asked})[${RANGE}:1s])` : asked;
    const hasData = (await prometheus.query(sent)).some(isNumber);
    if (!hasData && excuse) excused!.push(`${place}: ${excuse.why}`);
    if (!hasData && !excuse) empty!.push(`${place}: ${expr}`);
    if (hasData && excuse) filled!.push(place);
  }
  return { asked: queries.length, empty: empty!, excused: excused!, filled: filled! };
}

function isNumber({ value: [, value] }: Sample): boolean {
  return value !== 'NaN';
}
