import { LimitSet } from '../contract/limit-set.js';
import { LimitPolicy, PolicyStanding } from '../contract/rate-limit.js';
import { Account, Exhausted, Tightest } from './account.js';
import { MONTH, Period } from './calendar.js';
import { Moment } from './moment.js';
import { Plan, planOf, policiesOf } from './plan.js';

const TENANT_PREFIX = 'tenant-';

/** The two accounts every call is counted on: its tenant's, shared with the tenant's other subscriptions, and its own. */
export class Caller {
  private tenantPlan: Plan | undefined;
  private plan: Plan | undefined;
  private month = 0;
  private list: readonly LimitPolicy[] = [];

  constructor(
    readonly tenantId: string,
    readonly subscriptionId: string,
    readonly tenant: Account,
    readonly subscription: Account,
  ) {}

  /** Brings both to now, under the limits of now. */
  refresh(limits: { tenant: LimitSet; subscription: LimitSet }, moment: Moment): void {
    const tenantPlan = planOf(limits.tenant);
    const plan = planOf(limits.subscription);
    this.tenant.refresh(tenantPlan, moment);
    this.subscription.refresh(plan, moment);
    const month = moment.period.index[MONTH];
    if (this.plan === plan && this.tenantPlan === tenantPlan && this.month === month) return;
    this.plan = plan;
    this.tenantPlan = tenantPlan;
    this.month = month;
    this.list = [
      ...policiesOf(plan, '', moment.period),
      ...policiesOf(tenantPlan, TENANT_PREFIX, moment.period),
    ];
  }

  /** All that holds for it; the same array until the limits change. */
  get policies(): readonly LimitPolicy[] {
    return this.list;
  }

  /** @returns whichever of both is exhausted for longer */
  exhausted(moment: Moment, wanted: 0 | 1): Exhausted | undefined {
    const own = this.subscription.exhausted(moment, wanted);
    const common = this.tenant.exhausted(moment, wanted);
    if (common === undefined) return own;
    if (own !== undefined && own.retryAfterSeconds >= common.retryAfterSeconds) return own;
    return { ...common, name: TENANT_PREFIX + common.name };
  }

  take(): void {
    this.tenant.take();
    this.subscription.take();
  }

  leave(): void {
    this.tenant.leave();
    this.subscription.leave();
  }

  giveBack(period: Period): void {
    this.tenant.giveBack(period);
    this.subscription.giveBack(period);
  }

  giveBackQuota(period: Period): void {
    this.tenant.giveBackQuota(period);
    this.subscription.giveBackQuota(period);
  }

  /** @returns how it stands with the tightest rate and the tightest quota, as far as there are any */
  tightest(moment: Moment): PolicyStanding[] {
    const found: PolicyStanding[] = [];
    for (const among of ['rates', 'quotas'] as const) {
      const own = this.subscription.tightest(among, moment);
      const common = this.tenant.tightest(among, moment);
      if (common !== undefined && (own === undefined || common.part < own.part)) found.push(named(common));
      else if (own !== undefined) found.push(own);
    }
    return found;
  }

  /** Whether anything but calls at once is limited: those alone concern no other replica. */
  get sharesLimits(): boolean {
    return sharesLimits(this.tenant.limits) || sharesLimits(this.subscription.limits);
  }

  get hasQuota(): boolean {
    return this.tenant.limits.quotas || this.subscription.limits.quotas;
  }
}

function sharesLimits({ rate, windows }: Plan): boolean {
  return rate !== undefined || windows.length > 0;
}

function named(common: Tightest): Tightest {
  return { ...common, name: TENANT_PREFIX + common.name };
}
