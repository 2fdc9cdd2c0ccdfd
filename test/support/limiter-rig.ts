import { LimitSet } from '../../src/contract/limit-set.js';
import { Problem } from '../../src/contract/problem.js';
import { Standing } from '../../src/contract/rate-limit.js';
import { Lease } from '../../src/limits/lease.js';
import { LimitedClient, Limits, LimitsOptions } from '../../src/limits/limits.js';
import { Metrics } from '../../src/telemetry/metrics.js';

export const NOON = Date.UTC(2026, 10, 21, 12);

/** A client of the one tenant. */
export const clientOf = (subscription: LimitSet, tenant: LimitSet = {}, id = 's'): LimitedClient => ({
  tenantId: 't',
  subscription: { id },
  limits: { tenant, subscription },
});

/** A limiter whose clock stands where the test puts it, in milliseconds after noon, and what it told last. */
export function limiter(options: LimitsOptions = {}) {
  let nowMs = NOON;
  const told: Standing[] = [];
  const metrics = new Metrics();
  const limits = new Limits(metrics, { clock: () => nowMs, ...options });
  const take = (client: LimitedClient): Lease | Problem => {
    try {
      return limits.take(client, { tellLimits: (standing) => told.push(standing) });
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  };
  /** A call that is answered at once. */
  const call = (client: LimitedClient): Problem | undefined => {
    const lease = take(client);
    if (lease instanceof Problem) return lease;
    lease.dispatched();
    lease[Symbol.dispose]();
    return undefined;
  };
  const at = (ms: number): void => {
    nowMs = NOON + ms;
  };
  return { at, take, call, limits, metrics, told: () => told.at(-1), silent: () => told.length === 0 };
}
