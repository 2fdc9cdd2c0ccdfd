import { LimitSet } from '../contract/limit-set.js';
import { Problem } from '../contract/problem.js';
import { Standing } from '../contract/rate-limit.js';
import { LimitStore } from '../telemetry/limit-metrics.js';
import { Metrics } from '../telemetry/metrics.js';
import { Exhausted } from './account.js';
import { Calendar } from './calendar.js';
import { Caller } from './caller.js';
import { Callers } from './callers.js';
import { Lease } from './lease.js';
import { Moment } from './moment.js';
import { SharedAnswer, SharedCounters, passes, teach } from './shared-counters.js';
import { KnownUsage } from './usage-counts.js';

/** Whose call it is, as far as limits go. */
export interface LimitedClient {
  readonly tenantId: string;
  readonly subscription: { readonly id: string };
  readonly limits: { readonly tenant: LimitSet; readonly subscription: LimitSet };
}

/** Who is told how the caller stands, whether its call passes or not. */
export interface LimitsListener {
  tellLimits(standing: Standing): void;
}

export interface LimitsOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Processes that share the work: while one counts alone, this much less of each limit is its own. */
  readonly replicas?: number;
  readonly shared?: SharedCounters;
}

/** One call on its way through the limiter. */
interface Asked {
  readonly caller: Caller;
  readonly listener: LimitsListener;
  readonly limits: LimitedClient['limits'];
}

/** Redis refused, and by the time it had answered there was something left again. */
const JUST_OVER: Exhausted = { kind: 'rate', name: 'rate', retryAfterSeconds: 1 };

/** The limits of tenants and of their subscriptions. A call passes all of them or costs nothing on any. */
export class Limits {
  private readonly callers = new Callers();
  private readonly calendar = new Calendar();
  private readonly clock: () => number;
  private readonly replicas: number;
  private readonly shared: SharedCounters | undefined;

  constructor(
    private readonly metrics: Metrics,
    { clock = Date.now, replicas = 1, shared }: LimitsOptions = {},
  ) {
    this.clock = clock;
    this.replicas = replicas;
    this.shared = shared;
  }

  /**
   * Counts one call. What this process knows decides at once; with Redis, `shared` of the lease says what all
   * replicas together have used.
   * @returns the lease to dispose of when the call is over
   * @throws Problem rateLimited | quotaExceeded, with the whole seconds to wait (Commonalities r4.2, 429)
   */
  take({ tenantId, subscription, limits }: LimitedClient, listener: LimitsListener): Lease {
    const moment = this.moment(this.shared?.usable !== true);
    const caller = this.callers.of(tenantId, subscription.id, moment);
    caller.refresh(limits, moment);
    const asked = { caller, listener, limits };
    const exhausted = caller.exhausted(moment, 1);
    if (exhausted !== undefined) throw this.refusal(asked, exhausted, this.localStore(moment));
    caller.take();
    if (this.shared === undefined || moment.alone || !caller.sharesLimits) {
      this.allow(asked, moment, this.localStore(moment));
      return new Lease(caller, moment.period, undefined);
    }
    const { shared } = this;
    const lease = new Lease(caller, moment.period, () => shared.giveBackQuota(caller, moment.period));
    lease.shared = this.agree(asked, lease, shared.take(caller, moment.period));
    return lease;
  }

  /** Day and month as the usage records have them: what a restart forgot, and what other replicas used. */
  learnUsage(usage: KnownUsage): void {
    this.callers.learn(usage);
  }

  /** How many subscriptions are held in memory. */
  get size(): number {
    return this.callers.size;
  }

  private async agree(asked: Asked, lease: Lease, asking: Promise<SharedAnswer | undefined>): Promise<void> {
    const { caller, limits } = asked;
    const answer = await asking;
    const moment = this.moment(answer === undefined);
    caller.refresh(limits, moment);
    let exhausted: Exhausted | undefined;
    if (answer === undefined) {
      // It was let in as if Redis stood behind it: is it within this process' own part, too?
      exhausted = caller.exhausted(moment, 0);
      if (exhausted !== undefined) lease.void();
    } else if (passes(answer)) {
      teach(caller, answer, moment.period);
    } else {
      lease.void();
      teach(caller, answer, moment.period);
      exhausted = caller.exhausted(moment, 1) ?? JUST_OVER;
    }
    const store = answer === undefined ? 'fallback' : 'redis';
    if (exhausted !== undefined) throw this.refusal(asked, exhausted, store);
    this.allow(asked, moment, store);
  }

  private allow({ caller, listener }: Asked, moment: Moment, store: LimitStore): void {
    this.metrics.limits.decided('rate', 'allow', store);
    const { policies } = caller;
    if (policies.length > 0) listener.tellLimits({ policies, tightest: caller.tightest(moment) });
  }

  private refusal({ caller, listener }: Asked, exhausted: Exhausted, store: LimitStore): Problem {
    const { kind, name, retryAfterSeconds } = exhausted;
    this.metrics.limits.decided(kind, 'deny', store);
    const resetSeconds = kind === 'concurrent' ? undefined : retryAfterSeconds;
    listener.tellLimits({ policies: caller.policies, tightest: [{ name, remaining: 0, resetSeconds }] });
    return new Problem(kind === 'quota' ? 'quotaExceeded' : 'rateLimited', { retryAfterSeconds });
  }

  private moment(alone: boolean): Moment {
    const nowMs = this.clock();
    return { nowMs, period: this.calendar.at(nowMs), replicas: this.replicas, alone };
  }

  /** Redis that is there but is not asked counts as fallback, except where it has no say. */
  private localStore({ alone }: Moment): LimitStore {
    return this.shared !== undefined && alone ? 'fallback' : 'memory';
  }
}
