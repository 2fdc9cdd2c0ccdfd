import { Period } from './calendar.js';

/** Nest's token for {@link UsageCounts}; without a provider, quotas are counted from zero at each start. */
export const USAGE_COUNTS = Symbol('UsageCounts');

export interface UsageOfSubscription {
  readonly tenantId: string;
  readonly day: number;
  readonly month: number;
}

/** The usage records, as the source of what quotas have been used; whoever keeps them implements it. */
export interface UsageCounts {
  /**
   * Calls that were recorded for each subscription since the start of the day and of the month (UTC), over all
   * replicas. Subscriptions without calls may be missing.
   */
  since(dayStart: Date, monthStart: Date): Promise<ReadonlyMap<string, UsageOfSubscription>>;
}

type Counts = ReadonlyMap<string, { readonly day: number; readonly month: number }>;

/** What was used in one period. */
export interface KnownUsage {
  readonly period: Period;
  readonly byTenant: Counts;
  readonly bySubscription: Counts;
}

/** @returns the same with the sums of the tenants */
export function knownUsage(
  period: Period,
  bySubscription: ReadonlyMap<string, UsageOfSubscription>,
): KnownUsage {
  const byTenant = new Map<string, { day: number; month: number }>();
  for (const { tenantId, day, month } of bySubscription.values()) {
    const sum = byTenant.get(tenantId);
    if (sum === undefined) byTenant.set(tenantId, { day, month });
    else {
      sum.day += day;
      sum.month += month;
    }
  }
  return { period, byTenant, bySubscription };
}
