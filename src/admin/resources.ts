import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { EntityManager, FindOptionsOrder, FindOptionsWhere } from 'typeorm';
import { ResourceEntity } from '../tenants/resource.entity.js';
import { AdminCall, parsed } from './admin-call.js';
import { Answer, resourceAnswer } from './answer.js';
import { Changes } from './changes.js';
import { Paging, listAnswer, whereOf } from './listing.js';
import { isForced } from './managed.js';
import { mergePatch } from './merge-patch.js';
import { AdminRefusal } from './refusal.js';
import { auditOf, viewOf } from './resource-view.js';
import { ResourceKind } from './resource-kind.js';
import { Transactions } from './transactions.js';

/** What one can do with any resource of the admin API. */
@Injectable()
export class Resources {
  constructor(
    private readonly transactions: Transactions,
    private readonly changes: Changes,
  ) {}

  /**
   * @param within the parent, or whatever else narrows the list; rows of other tenants are never seen
   * @param parent requires it with requireParent: without one there is no list, not an empty one
   */
  list<E extends ResourceEntity, D extends object>(
    call: AdminCall<unknown, Paging>,
    kind: ResourceKind<E, D>,
    within: FindOptionsWhere<E> = {},
    parent?: (manager: EntityManager) => Promise<unknown>,
  ): Promise<Answer> {
    const { page, perPage, orderBy, order } = call.query;
    return this.transactions.run(call.principal, async (manager) => {
      await parent?.(manager);
      const [rows, count] = await manager.findAndCount(kind.entity, {
        where: { ...whereOf<E>(kind.filters, { ...call.query }), ...within },
        order: { [orderBy]: order, id: 'asc' } as FindOptionsOrder<E>,
        skip: (page - 1) * perPage,
        take: perPage,
      });
      return listAnswer(
        call,
        rows.map((row) => viewOf(kind, row)),
        count,
      );
    });
  }

  get<E extends ResourceEntity, D extends object>(
    call: AdminCall,
    kind: ResourceKind<E, D>,
    within: FindOptionsWhere<E> = byIdOf(call),
  ): Promise<Answer> {
    return this.transactions.run(call.principal, async (manager) => {
      const row = await manager.findOneBy(kind.entity, within);
      if (!row) throw new AdminRefusal('notFound');
      return resourceAnswer(200, viewOf(kind, row), row.version);
    });
  }

  /** @param parent columns that the path gives; the parent must have been found with holdParent */
  create<E extends ResourceEntity, D extends object>(
    call: AdminCall<D>,
    kind: ResourceKind<E, D>,
    parent: (manager: EntityManager) => Promise<Partial<E>> = () => Promise.resolve({}),
  ): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const row = await this.insert(manager, call, kind, call.body, await parent(manager));
      const view = viewOf(kind, row);
      return {
        answer: resourceAnswer(201, view, row.version, `/admin/v1/${kind.path}/${row.id}`),
        audit: auditOf(kind, 'create', row, undefined, view),
      };
    });
  }

  /** PUT: the whole of it anew. */
  replace<E extends ResourceEntity, D extends object>(
    call: AdminCall<D>,
    kind: ResourceKind<E, D>,
    within: FindOptionsWhere<E> = byIdOf(call),
  ): Promise<Answer> {
    return this.change(call, kind, 'update', within, (row) => kind.apply(row, call.body));
  }

  /** PATCH: a merge-patch (RFC 7396) over what PUT would take. @throws AdminRefusal invalid */
  patch<E extends ResourceEntity, D extends object>(
    call: AdminCall,
    kind: ResourceKind<E, D>,
    within: FindOptionsWhere<E> = byIdOf(call),
  ): Promise<Answer> {
    return this.change(call, kind, 'update', within, (row) =>
      kind.apply(row, parsed('body', kind.draft, mergePatch(kind.toDraft(row), call.body))),
    );
  }

  /** A change of state with a name of its own. @param verb in the audit log: `suspend` */
  change<E extends ResourceEntity, D extends object>(
    call: AdminCall,
    kind: ResourceKind<E, D>,
    verb: string,
    within: FindOptionsWhere<E>,
    apply: (row: E, manager: EntityManager) => void | Promise<void>,
  ): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const row = await this.lock(manager, call, kind, within);
      const before = manager.create(kind.entity, row as never);
      const viewBefore = viewOf(kind, row);
      await apply(row, manager);
      await kind.check?.(manager, row, before, call);
      const after = await manager.save(kind.entity, row);
      const view = viewOf(kind, after);
      return {
        answer: resourceAnswer(200, view, after.version),
        audit: auditOf(kind, verb, after, viewBefore, view, isForced(row, call)),
      };
    });
  }

  /** Deleted softly: it is gone for everybody, and purged after the time of retention. */
  remove<E extends ResourceEntity, D extends object>(
    call: AdminCall,
    kind: ResourceKind<E, D>,
    within: FindOptionsWhere<E> = byIdOf(call),
  ): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const row = await this.lock(manager, call, kind, within);
      await kind.checkRemoval?.(manager, row, call);
      await manager.softRemove(kind.entity, row);
      const audit = auditOf(kind, 'delete', row, viewOf(kind, row), undefined, isForced(row, call));
      return { answer: { status: 204 }, audit };
    });
  }

  /** For those that create more than one at once, such as `config apply`. */
  async insert<E extends ResourceEntity, D extends object>(
    manager: EntityManager,
    call: AdminCall,
    kind: ResourceKind<E, D>,
    draft: D,
    parent: Partial<E>,
  ): Promise<E> {
    const id = randomUUID();
    const row = manager.create(kind.entity, { id, key: id, ...parent } as never);
    kind.apply(row, draft);
    await kind.check?.(manager, row, undefined, call);
    await manager.insert(kind.entity, row as never);
    return manager.findOneByOrFail(kind.entity, { id } as FindOptionsWhere<E>);
  }

  private async lock<E extends ResourceEntity, D extends object>(
    manager: EntityManager,
    call: AdminCall,
    kind: ResourceKind<E, D>,
    where: FindOptionsWhere<E>,
  ): Promise<E> {
    const row = await manager.findOne(kind.entity, { where, lock: { mode: 'pessimistic_write' } });
    if (!row) throw new AdminRefusal('notFound');
    if (call.version !== undefined && row.version !== call.version) throw new AdminRefusal('stale');
    isForced(row, call);
    return row;
  }
}

function byIdOf<E extends ResourceEntity>(call: AdminCall): FindOptionsWhere<E> {
  return { id: call.params['id'] } as FindOptionsWhere<E>;
}
