import { Not } from 'typeorm';
import { z } from 'zod';
import { LimitSet } from '../contract/limit-set.js';
import { PlanEntity } from '../tenants/plan.entity.js';
import { SubscriptionEntity } from '../tenants/subscription.entity.js';
import { AdminRefusal } from './refusal.js';
import { ResourceKind, draftBase, name, prose, viewBase } from './resource-kind.js';

export const PlanDraft = z
  .strictObject({ ...draftBase, name, description: prose, limits: LimitSet })
  .meta({ id: 'PlanDraft' });
export type PlanDraft = z.infer<typeof PlanDraft>;

export const PlanView = z
  .object({
    ...viewBase,
    name: z.string(),
    description: z.string(),
    limits: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Plan' });

export const PLAN: ResourceKind<PlanEntity, PlanDraft> = {
  type: 'plan',
  path: 'plans',
  entity: PlanEntity,
  draft: PlanDraft,
  view: PlanView,
  filters: { key: 'text', name: 'text', tags: 'tags', createdAt: 'date', updatedAt: 'date' },
  tenantOf: () => null,
  apply(row, { key, ...draft }) {
    Object.assign(row, draft, key !== undefined && { key });
  },
  toDraft: ({ key, tags, name, description, limits }) => ({ key, tags, name, description, limits }),
  async checkRemoval(manager, { id }) {
    if (await manager.existsBy(SubscriptionEntity, { planId: id, status: Not('terminated') })) {
      throw new AdminRefusal('incompatibleState', { message: 'Subscriptions use the plan.' });
    }
  },
};
