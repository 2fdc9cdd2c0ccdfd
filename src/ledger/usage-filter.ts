import { OUTCOME_SQL } from './usage-outcome.js';

/** Which calls a report is about. Lists: any of these. */
export interface UsageFilter {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly tenant?: readonly string[] | undefined;
  readonly operator?: readonly string[] | undefined;
  readonly operation?: readonly string[] | undefined;
  readonly outcome?: readonly string[] | undefined;
}

/** A statement under construction: text never holds what a caller wrote. */
export class Values {
  readonly list: unknown[] = [];

  /** @returns the placeholder */
  add(value: unknown): string {
    return `$${this.list.push(value)}`;
  }
}

const COLUMNS = {
  tenant: 'l.tenant_id::text',
  operator: 'l.operator_id',
  operation: 'l.operation',
  outcome: OUTCOME_SQL,
} as const;

const DAY_MS = 86_400_000;

/** The condition on `usage_ledger l`. */
export function usageCondition(filter: UsageFilter, values: Values): string {
  const { from, to } = filter;
  // Partitions go by the day of the token's issue: at most the day before its use, or, by another clock, the one after.
  const conditions = [
    `l.issue_date BETWEEN ${values.add(dateOf(from, -1))}::date AND ${values.add(dateOf(to, 1))}::date`,
    `l.started_at >= ${values.add(from.toISOString())}::timestamptz`,
    `l.started_at < ${values.add(to.toISOString())}::timestamptz`,
  ];
  for (const name of ['tenant', 'operator', 'operation', 'outcome'] as const) {
    const wanted = filter[name];
    if (wanted) conditions.push(`${COLUMNS[name]} = ANY (${values.add(wanted)}::text[])`);
  }
  return conditions.join(' AND ');
}

function dateOf(moment: Date, plusDays: number): string {
  return new Date(moment.getTime() + plusDays * DAY_MS).toISOString().slice(0, 10);
}

/** The same by days of UTC, in order: each is sorted by itself, and a page reads no more of them than it needs. */
export function* daysOf(filter: UsageFilter): Generator<UsageFilter> {
  const endMs = filter.to.getTime();
  let fromMs = filter.from.getTime();
  while (fromMs < endMs) {
    const toMs = Math.min((Math.floor(fromMs / DAY_MS) + 1) * DAY_MS, endMs);
    yield { ...filter, from: new Date(fromMs), to: new Date(toMs) };
    fromMs = toMs;
  }
}
