import { Snapshot } from '../database/reports.js';
import { UsageFilter, Values, usageCondition } from './usage-filter.js';
import { OUTCOME_SQL } from './usage-outcome.js';

/** Beyond that nobody reads the answer; records are exported instead. */
export const MOST_GROUPS = 10_000;

const inUtc = (format: string): string => `to_char(l.started_at AT TIME ZONE 'UTC', '${format}')`;

const GROUPS = {
  month: inUtc('YYYY-MM'),
  day: inUtc('YYYY-MM-DD'),
  hour: inUtc('YYYY-MM-DD"T"HH24:00:00"Z"'),
  tenant: 'l.tenant_id::text',
  application: 'l.application_id::text',
  operator: 'l.operator_id',
  operation: 'l.operation',
  outcome: OUTCOME_SQL,
  purpose: 'l.purpose',
} as const;

export type UsageGroup = keyof typeof GROUPS;
export const USAGE_GROUPS = Object.keys(GROUPS) as UsageGroup[];

interface UsageSum extends Partial<Record<UsageGroup, string>> {
  readonly calls: number;
  readonly billable: number;
}

export interface UsageSums {
  /** The moment of which all of this is true. */
  readonly asOf: Date;
  readonly items: readonly UsageSum[];
  readonly totals: { readonly calls: number; readonly billable: number };
  readonly pending: number;
  readonly unknown: number;
}

const COUNTED = 'count(*)::float8 AS calls, count(*) FILTER (WHERE l.billable)::float8 AS billable';

/**
 * Counts rows, never counters: what was recorded twice by accident is one row.
 * @returns undefined when there are more than {@link MOST_GROUPS} groups
 */
export async function sumUsage(
  snapshot: Snapshot,
  filter: UsageFilter,
  groupBy: readonly UsageGroup[],
): Promise<UsageSums | undefined> {
  const values = new Values();
  const from = `FROM usage_ledger l WHERE ${usageCondition(filter, values)}`;
  const [all] = await snapshot.rows<{
    asOf: Date;
    calls: number;
    billable: number;
    pending: number;
    unknown: number;
  }>(
    `SELECT now() AS "asOf", ${COUNTED},
       count(*) FILTER (WHERE l.result IS NULL AND ${OUTCOME_SQL} = 'pending')::float8 AS pending,
       count(*) FILTER (WHERE l.result IS NULL AND ${OUTCOME_SQL} = 'unknown')::float8 AS unknown ${from}`,
    values.list,
  );
  const { asOf, pending, unknown, ...totals } = all!;
  const items = groupBy.length === 0 ? [totals] : await grouped(snapshot, groupBy, from, values);
  return items.length > MOST_GROUPS ? undefined : { asOf, items, totals, pending, unknown };
}

function grouped(
  snapshot: Snapshot,
  groupBy: readonly UsageGroup[],
  from: string,
  values: Values,
): Promise<UsageSum[]> {
  const columns = groupBy.map((group) => `${GROUPS[group]} AS "${group}"`).join(', ');
  const places = groupBy.map((_, at) => at + 1).join(', ');
  return snapshot.rows<UsageSum>(
    `SELECT ${columns}, ${COUNTED} ${from} GROUP BY ${places} ORDER BY ${places} LIMIT ${MOST_GROUPS + 1}`,
    values.list,
  );
}
