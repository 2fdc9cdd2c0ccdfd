import { randomUUID } from 'node:crypto';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import { SubscriptionEntity } from '../../tenants/subscription.entity.js';
import type { ResourceEntity } from '../../tenants/resource.entity.js';
import { AdminRefusal } from '../refusal.js';
import type { By, ResourceKind } from '../resource-kind.js';
import { auditOf, viewOf } from '../resource-view.js';
import { SubscriptionStep, takeStep } from '../subscription-states.js';
import type { Change } from './change.js';
import type { Written } from './written.js';

type AnyKind = ResourceKind<ResourceEntity, object>;
type Row = ResourceEntity & { status?: string; clientId?: string | null };

/** What a resource belongs to, and what it is to be; whatever is absent stays as it is. */
export interface Wish {
  readonly parent: object;
  readonly draft: object;
  readonly status?: string | undefined;
}

/** Steps from each state of a subscription to the one that is wanted; from `terminated` there is none, as `resume` says. */
const STEPS: Readonly<Record<'active' | 'suspended', Readonly<Record<string, readonly SubscriptionStep[]>>>> =
  {
    active: { created: ['accept-terms', 'approve'], pending: ['approve'], active: [] },
    suspended: {
      created: ['accept-terms', 'approve', 'suspend'],
      pending: ['approve', 'suspend'],
      active: ['suspend'],
      suspended: [],
    },
  };

/** Makes or changes a row as the admin API would, in the name of a file. @throws AdminRefusal */
export async function putResource(
  manager: EntityManager,
  by: By,
  kind: AnyKind,
  { stored }: Change,
  wishFor: (row: Row) => Wish,
): Promise<Written> {
  const id = stored?.id ?? randomUUID();
  const row = stored
    ? await lock(manager, kind, stored)
    : (manager.create(kind.entity, { id, key: id } as never) as Row);
  const before = stored && (manager.create(kind.entity, row as never) as Row);
  const viewBefore = before && viewOf(kind, before);
  const { parent, draft, status } = wishFor(row);
  Object.assign(row, parent);
  kind.apply(row, draft);
  row.managedBy = 'config';
  const isSubscription = kind.entity === SubscriptionEntity;
  if (!isSubscription && status !== undefined) row.status = status;
  await kind.check?.(manager, row, before, by);
  if (isSubscription) await walk(manager, by, kind, row, status);
  if (stored) await manager.save(kind.entity, row);
  else await manager.insert(kind.entity, row);
  const after = (await manager.findOneByOrFail(kind.entity, byId(id))) as Row;
  const verb = stored ? 'update' : 'create';
  return { id, clientId: after.clientId, audit: auditOf(kind, verb, after, viewBefore, viewOf(kind, after)) };
}

/** @throws AdminRefusal where something hangs on it */
export async function removeResource(
  manager: EntityManager,
  by: By,
  kind: AnyKind,
  { stored }: Change,
): Promise<Written> {
  const row = await lock(manager, kind, stored!);
  const before = viewOf(kind, row);
  await kind.checkRemoval?.(manager, row, by);
  if (kind.entity === SubscriptionEntity) {
    const subscription = row as unknown as SubscriptionEntity;
    if (subscription.status !== 'terminated') await takeStep(subscription, 'terminate', manager, by);
    await manager.save(kind.entity, row);
  }
  await manager.softRemove(kind.entity, row);
  return { id: row.id, audit: auditOf(kind, 'delete', row, before, undefined) };
}

async function walk(
  manager: EntityManager,
  by: By,
  kind: AnyKind,
  row: Row,
  status: string | undefined,
): Promise<void> {
  if (status !== 'active' && status !== 'suspended') return;
  const before = manager.create(kind.entity, row as never) as Row;
  const steps = STEPS[status][before.status!] ?? ['resume'];
  for (const step of steps) await takeStep(row as unknown as SubscriptionEntity, step, manager, by);
  if (steps.length > 0) await kind.check?.(manager, row, before, by);
}

/** @throws AdminRefusal aborted when it is not what the plan was made for any more */
async function lock(
  manager: EntityManager,
  kind: AnyKind,
  stored: NonNullable<Change['stored']>,
): Promise<Row> {
  const row = await manager.findOne(kind.entity, {
    where: byId(stored.id),
    lock: { mode: 'pessimistic_write' },
  });
  if (row?.version === stored.version) return row;
  throw new AdminRefusal('aborted', { retryAfterSeconds: 1 });
}

function byId(id: string): FindOptionsWhere<ResourceEntity> {
  return { id };
}
