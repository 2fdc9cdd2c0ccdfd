import { EntityManager } from 'typeorm';
import type { SubscriptionEntity, SubscriptionStatus } from '../tenants/subscription.entity.js';
import { AdminRefusal } from './refusal.js';
import type { By } from './resource-kind.js';

export type SubscriptionStep = 'accept-terms' | 'approve' | 'suspend' | 'resume' | 'terminate';

const STEPS: Readonly<
  Record<SubscriptionStep, [from: readonly SubscriptionStatus[], to: SubscriptionStatus]>
> = {
  'accept-terms': [['created'], 'pending'],
  approve: [['pending'], 'active'],
  suspend: [['active'], 'suspended'],
  resume: [['suspended'], 'active'],
  terminate: [['created', 'pending', 'active', 'suspended'], 'terminated'],
};

/**
 * Moves a subscription one step: created → pending → active ⇄ suspended → terminated.
 * @throws AdminRefusal incompatibleState for any other move, permissionDenied where the partner suspended it
 */
export async function takeStep(
  row: SubscriptionEntity,
  step: SubscriptionStep,
  manager: EntityManager,
  { principal }: By,
): Promise<void> {
  const [from, to] = STEPS[step];
  if (!from.includes(row.status)) {
    throw new AdminRefusal('incompatibleState', { message: `The subscription is ${row.status}.` });
  }
  if (step === 'accept-terms') {
    row.termsAcceptedAt = new Date();
    row.termsAcceptedBy = principal.id;
  }
  if (step === 'resume' && principal.tenantId !== null) await requireOwnSuspension(manager, row.id);
  row.status = to;
}

/** What the partner has stopped the tenant must not start again; who stopped it, the audit log knows. */
async function requireOwnSuspension(manager: EntityManager, id: string): Promise<void> {
  const [last] = await manager.query<{ own: boolean }[]>(
    `SELECT actor -> 'roles' ? 'BusinessManager' AS own FROM audit_events
     WHERE resource ->> 'id' = $1 AND action = 'subscription.suspend' ORDER BY seq DESC LIMIT 1`,
    [id],
  );
  if (last?.own !== true) {
    throw new AdminRefusal('permissionDenied', { message: 'The partner has suspended it.' });
  }
}
