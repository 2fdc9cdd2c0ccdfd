import { z } from 'zod';

const count = z.int().min(1).max(1_000_000_000);

/**
 * What somebody may use: a tenant in all, or one subscription. What is absent is not limited. Rates and `concurrent`
 * are refused with TOO_MANY_REQUESTS, `perDay` and `perMonth` (UTC) with QUOTA_EXCEEDED (Commonalities r4.2).
 */
export const LimitSet = z
  .strictObject({
    /** Calls per second, evenly; with `burst` at once. */
    ratePerSecond: z.number().positive().max(1_000_000).optional(),
    burst: z.int().min(1).max(1_000_000).optional(),
    perMinute: count.optional(),
    perHour: count.optional(),
    /** Calls at once, being answered. */
    concurrent: z.int().min(1).max(1_000_000).optional(),
    perDay: count.optional(),
    perMonth: count.optional(),
  })
  .meta({ id: 'LimitSet' });
export type LimitSet = Readonly<z.infer<typeof LimitSet>>;
