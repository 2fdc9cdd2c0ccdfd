import { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { LimitSet } from '../contract/limit-set.js';
import { PlanEntity } from '../tenants/plan.entity.js';
import { SubscriptionEntity } from '../tenants/subscription.entity.js';
import type { TenantEntity } from '../tenants/tenant.entity.js';

const limits = z.record(z.string(), z.number());
/** Calls that an operator may have seen. */
const used = z.object({ today: z.int(), thisMonth: z.int() });

/** What a tenant may use, and what it has used of it; days and months are those of UTC. */
export const QuotaView = z
  .object({
    tenantId: z.uuid(),
    asOf: z.string(),
    limits,
    used,
    subscriptions: z.array(
      z.object({
        id: z.uuid(),
        key: z.string(),
        applicationId: z.uuid(),
        product: z.string(),
        purpose: z.string(),
        status: z.string(),
        planId: z.uuid().nullable(),
        /** Its own over those of its plan. */
        limits,
        used,
      }),
    ),
  })
  .meta({ id: 'Quotas' });
export type QuotaView = z.infer<typeof QuotaView>;

type Used = z.infer<typeof used>;

/** Reads the quotas of a tenant, of a subscription that has ended only what it counts for the tenant. */
export async function readQuotas(
  manager: EntityManager,
  tenant: TenantEntity,
  now: Date,
): Promise<QuotaView> {
  const counted = await readUsed(manager, tenant.id, now);
  const subscriptions = await manager.find(SubscriptionEntity, {
    where: { tenantId: tenant.id },
    order: { id: 'asc' },
  });
  const plans = new Map((await manager.find(PlanEntity)).map((plan) => [plan.id, plan.limits]));
  const sum = (name: keyof Used): number => counted.reduce((all, one) => all + one[name], 0);
  return QuotaView.parse({
    tenantId: tenant.id,
    asOf: now.toISOString(),
    limits: tenant.limits,
    used: { today: sum('today'), thisMonth: sum('thisMonth') },
    subscriptions: subscriptions
      .filter(({ status }) => status !== 'terminated')
      .map((one) => ({
        id: one.id,
        key: one.key,
        applicationId: one.applicationId,
        product: one.product,
        purpose: one.purpose,
        status: one.status,
        planId: one.planId,
        limits: { ...plans.get(one.planId ?? ''), ...one.limits } satisfies LimitSet,
        used: counted.find(({ id }) => id === one.id) ?? { today: 0, thisMonth: 0 },
      })),
  });
}

function readUsed(manager: EntityManager, tenantId: string, now: Date): Promise<(Used & { id: string })[]> {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  // A token of the day before may be used after midnight, so the first partition is one day older.
  return manager.query(
    `SELECT subscription_id AS id, count(*)::integer AS "thisMonth",
       (count(*) FILTER (WHERE started_at >= $2))::integer AS today
     FROM usage_ledger
     WHERE tenant_id = $1 AND started_at >= $3 AND issue_date >= $4::date GROUP BY subscription_id`,
    [
      tenantId,
      new Date(Date.UTC(year, month, day)),
      new Date(Date.UTC(year, month)),
      new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10),
    ],
  );
}
