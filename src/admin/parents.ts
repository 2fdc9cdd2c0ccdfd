import { EntityManager, FindOptionsWhere } from 'typeorm';
import type { ResourceEntity } from '../tenants/resource.entity.js';
import { AdminRefusal } from './refusal.js';
import { ResourceKind } from './resource-kind.js';

/** @throws AdminRefusal notFound for what is gone, or of another tenant */
export async function requireParent<E extends ResourceEntity>(
  manager: EntityManager,
  entity: ResourceKind<E, object>['entity'],
  id: string,
): Promise<E> {
  const row = await manager.findOneBy(entity, { id } as FindOptionsWhere<E>);
  if (!row) throw new AdminRefusal('notFound');
  return row;
}

/**
 * The same for what is to be made beneath it: until the transaction ends it cannot be deleted, and a deletion that is
 * under way is waited for.
 * @throws AdminRefusal notFound
 */
export async function holdParent<E extends ResourceEntity>(
  manager: EntityManager,
  entity: ResourceKind<E, object>['entity'],
  id: string,
): Promise<E> {
  const where = { id } as FindOptionsWhere<E>;
  const row = await manager.findOne(entity, { where, lock: { mode: 'pessimistic_read' } });
  if (!row) throw new AdminRefusal('notFound');
  return row;
}
