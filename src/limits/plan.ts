import { LimitSet } from '../contract/limit-set.js';
import { LimitPolicy } from '../contract/rate-limit.js';
import { DAY, HOUR, MINUTE, MONTH, Period } from './calendar.js';
import { Rate } from './rate-bucket.js';

/** A number of calls per minute, hour, day or month. */
export interface Window {
  readonly slot: typeof MINUTE | typeof HOUR | typeof DAY | typeof MONTH;
  readonly name: 'minute' | 'hour' | 'day' | 'month';
  readonly limit: number;
}

/** A LimitSet made ready for counting. */
export interface Plan {
  readonly rate: Rate | undefined;
  readonly windows: readonly Window[];
  /** Whether a day or month is among the windows. */
  readonly quotas: boolean;
  /** Calls being answered at the same time; Infinity without a cap. */
  readonly concurrent: number;
}

const PLANS = new WeakMap<LimitSet, Plan>();

/** The same plan for the same object: limits come from a snapshot that is replaced, never changed. */
export function planOf(limits: LimitSet): Plan {
  let plan = PLANS.get(limits);
  if (plan === undefined) {
    plan = prepare(limits);
    PLANS.set(limits, plan);
  }
  return plan;
}

function prepare(limits: LimitSet): Plan {
  const { ratePerSecond, concurrent, perMinute, perHour, perDay, perMonth } = limits;
  const windows: Window[] = [];
  if (perMinute !== undefined) windows.push({ slot: MINUTE, name: 'minute', limit: perMinute });
  if (perHour !== undefined) windows.push({ slot: HOUR, name: 'hour', limit: perHour });
  if (perDay !== undefined) windows.push({ slot: DAY, name: 'day', limit: perDay });
  if (perMonth !== undefined) windows.push({ slot: MONTH, name: 'month', limit: perMonth });
  return {
    rate: ratePerSecond === undefined ? undefined : rateOf(ratePerSecond, limits.burst),
    windows,
    quotas: perDay !== undefined || perMonth !== undefined,
    concurrent: concurrent ?? Infinity,
  };
}

/** Without a burst: what one second gives, and at least one call. */
function rateOf(ratePerSecond: number, burst = Math.max(1, Math.ceil(ratePerSecond))): Rate {
  return { ratePerMs: ratePerSecond / 1000, burst };
}

/** @param prefix of the names, so that a tenant's policies and a subscription's can be told apart */
export function policiesOf(plan: Plan, prefix: string, period: Period): LimitPolicy[] {
  const policies: LimitPolicy[] = [];
  if (plan.rate !== undefined) {
    const { burst, ratePerMs } = plan.rate;
    const windowSeconds = Math.max(1, Math.ceil(burst / ratePerMs / 1000));
    policies.push({ name: `${prefix}rate`, quota: burst, windowSeconds });
  }
  for (const { name, limit, slot } of plan.windows) {
    policies.push({ name: prefix + name, quota: limit, windowSeconds: secondsOf(slot, period) });
  }
  if (plan.concurrent !== Infinity) {
    policies.push({ name: `${prefix}concurrent`, quota: plan.concurrent, windowSeconds: undefined });
  }
  return policies;
}

function secondsOf(slot: Window['slot'], { endsAtMs, monthStartMs }: Period): number {
  if (slot === MONTH) return (endsAtMs[MONTH] - monthStartMs) / 1000;
  return { [MINUTE]: 60, [HOUR]: 3_600, [DAY]: 86_400 }[slot];
}
