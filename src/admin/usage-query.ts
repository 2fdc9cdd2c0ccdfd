import { z } from 'zod';
import type { UsageFilter } from '../ledger/usage-filter.js';
import { OUTCOMES } from '../ledger/usage-outcome.js';
import { USAGE_GROUPS } from '../ledger/usage-sums.js';
import { cursor, instant, limit, list, texts, uuids } from './long-listing.js';
import { invalid } from './refusal.js';

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 400;
const USUAL_DAYS = 30;

const filters = {
  from: instant.optional(),
  to: instant.optional(),
  tenant: uuids.optional(),
  operator: texts.optional(),
  operation: list(z.enum(['verify', 'share'])).optional(),
  outcome: list(z.enum(OUTCOMES, `must be one of ${OUTCOMES.join(', ')}`)).optional(),
};

export const UsageQuery = z.strictObject({
  ...filters,
  groupBy: list(z.enum(USAGE_GROUPS, `must be one of ${USAGE_GROUPS.join(', ')}`)).optional(),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

export const UsageRecordsQuery = z.strictObject({ ...filters, cursor, limit });
export type UsageRecordsQuery = z.infer<typeof UsageRecordsQuery>;

export const UsageExportQuery = z.strictObject({
  ...filters,
  format: z.enum(['csv', 'ndjson']).default('csv'),
});
export type UsageExportQuery = z.infer<typeof UsageExportQuery>;

/**
 * `to` is now and `from` 30 days before it unless the caller says otherwise.
 * @throws AdminRefusal invalid
 */
export function usageFilter(query: z.infer<z.ZodObject<typeof filters>>): UsageFilter {
  const { tenant, operator, operation, outcome } = query;
  const to = query.to ?? new Date();
  const from = query.from ?? new Date(to.getTime() - USUAL_DAYS * DAY_MS);
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (days <= 0) throw invalid('query.from', 'must be before to');
  if (days > LONGEST_DAYS) throw invalid('query.from', `must be at most ${LONGEST_DAYS} days before to`);
  return { from, to, tenant, operator, operation, outcome };
}
