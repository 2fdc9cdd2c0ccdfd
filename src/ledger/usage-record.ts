import { z } from 'zod';

/** One call as usage shows it, in the order of the columns of an export. No number, no hash of one: there is none. */
export const UsageRecord = z
  .object({
    id: z.uuid(),
    /** RFC 3339, UTC, microseconds. */
    startedAt: z.string(),
    /** Milliseconds until we answered. */
    durationMs: z.int().nullable(),
    tenantId: z.uuid(),
    tenantName: z.string().nullable(),
    applicationId: z.uuid(),
    applicationName: z.string().nullable(),
    subscriptionId: z.uuid(),
    registrationId: z.uuid(),
    operator: z.string(),
    operation: z.enum(['verify', 'share']),
    apiVersion: z.string(),
    purpose: z.string(),
    outcome: z.string(),
    /** Finer than the code of an error. */
    reason: z.string().nullable(),
    httpStatus: z.int().nullable(),
    blame: z.enum(['gateway', 'operator', 'client']).nullable(),
    /** null: not known, as the outcome. */
    billable: z.boolean().nullable(),
    correlator: z.string().nullable(),
    /** When an outcome that we did not see was settled against the operator's records. */
    settledAt: z.string().nullable(),
  })
  .meta({ id: 'UsageRecord' });
export type UsageRecord = z.infer<typeof UsageRecord>;

/** Header of an export: fixed, new columns only ever come last. */
export const USAGE_COLUMNS = Object.keys(UsageRecord.shape);
