import { Injectable } from '@nestjs/common';
import { EntityManager, FindOptionsWhere } from 'typeorm';
import type { ResourceEntity } from '../tenants/resource.entity.js';
import { AdminCall } from './admin-call.js';
import { Answer, resourceAnswer } from './answer.js';
import { Changes } from './changes.js';
import { UUID } from './names.js';
import { AdminRefusal, invalid } from './refusal.js';
import { ResourceKind } from './resource-kind.js';
import { Resources } from './resources.js';
import { auditOf, viewOf } from './resource-view.js';

/** PUT under a name that the caller has chosen: sent twice, it has been done once. */
@Injectable()
export class PutByKey {
  constructor(
    private readonly resources: Resources,
    private readonly changes: Changes,
  ) {}

  /**
   * Replaces what has this id or key; with `If-None-Match: *` makes what has this key.
   * @param name an id, or a key among those `within`
   * @param parent columns that the path gives
   * @throws AdminRefusal invalid for a key in the body that is another one, stale where it exists already
   */
  put<E extends ResourceEntity, D extends { key?: string | undefined }>(
    call: AdminCall<D>,
    kind: ResourceKind<E, D>,
    name: string,
    within: FindOptionsWhere<E> = {},
    parent: (manager: EntityManager) => Promise<Partial<E>> = () => Promise.resolve({}),
  ): Promise<Answer> {
    const isId = UUID.test(name);
    const where = { ...within, ...(isId ? { id: name } : { key: name }) } as FindOptionsWhere<E>;
    if (!isId && call.body.key !== undefined && call.body.key !== name) {
      throw invalid('body.key', 'must be the one in the path');
    }
    if (!call.createOnly) {
      return this.resources.change(call, kind, 'update', where, (row) => kind.apply(row, call.body));
    }
    return this.changes.make(call, async (manager) => {
      const columns = await parent(manager);
      if (await manager.existsBy(kind.entity, where)) {
        throw new AdminRefusal('stale', { message: 'It exists already: replace it with If-Match.' });
      }
      if (isId) throw new AdminRefusal('notFound');
      const row = await this.resources.insert(manager, call, kind, { ...call.body, key: name }, columns);
      const view = viewOf(kind, row);
      return {
        answer: resourceAnswer(201, view, row.version, `/admin/v1/${kind.path}/${row.id}`),
        audit: auditOf(kind, 'create', row, undefined, view),
      };
    });
  }
}
