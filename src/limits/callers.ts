import { Account } from './account.js';
import { DAY, MONTH } from './calendar.js';
import { Caller } from './caller.js';
import { Moment } from './moment.js';
import { planOf } from './plan.js';
import { KnownUsage } from './usage-counts.js';

const SWEEP_ABOVE = 1_024;
const UNLIMITED = planOf({});

/** Who called lately. Whoever has nothing left to remember is forgotten. */
export class Callers {
  private readonly tenants = new Map<string, Account>();
  private readonly bySubscription = new Map<string, Caller>();
  private usage: KnownUsage | undefined;
  private sweepAbove = SWEEP_ABOVE;

  of(tenantId: string, subscriptionId: string, moment: Moment): Caller {
    const found = this.bySubscription.get(subscriptionId);
    if (found !== undefined) return found;
    if (this.bySubscription.size >= this.sweepAbove) this.sweep(moment);
    let tenant = this.tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = this.opened(this.usage?.byTenant, tenantId);
      this.tenants.set(tenantId, tenant);
    }
    const subscription = this.opened(this.usage?.bySubscription, subscriptionId);
    const caller = new Caller(tenantId, subscriptionId, tenant, subscription);
    this.bySubscription.set(subscriptionId, caller);
    return caller;
  }

  /** Counts of day and month from elsewhere; they raise what is known here, and never lower it. */
  learn(usage: KnownUsage): void {
    this.usage = usage;
    for (const [id, account] of this.tenants) this.inform(account, usage.byTenant, id);
    for (const [id, { subscription }] of this.bySubscription) {
      this.inform(subscription, usage.bySubscription, id);
    }
  }

  get size(): number {
    return this.bySubscription.size;
  }

  private opened(counts: KnownUsage['byTenant'] | undefined, id: string): Account {
    const account = new Account(UNLIMITED);
    if (counts !== undefined) this.inform(account, counts, id);
    return account;
  }

  private inform(account: Account, counts: KnownUsage['byTenant'], id: string): void {
    const count = counts.get(id);
    if (count === undefined || this.usage === undefined) return;
    account.learn(DAY, this.usage.period.index[DAY], count.day);
    account.learn(MONTH, this.usage.period.index[MONTH], count.month);
  }

  /** The threshold doubles with what stays, so that a sweep costs O(1) per call. */
  private sweep(moment: Moment): void {
    const inUse = new Set<string>();
    for (const [id, caller] of this.bySubscription) {
      if (caller.subscription.idle(moment)) this.bySubscription.delete(id);
      else inUse.add(caller.tenantId);
    }
    for (const [id, account] of this.tenants) {
      if (!inUse.has(id) && account.idle(moment)) this.tenants.delete(id);
    }
    this.sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.bySubscription.size);
  }
}
