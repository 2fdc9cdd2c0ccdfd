import type { ResourceEntity } from '../tenants/resource.entity.js';
import type { AuditedChange } from './audit-trail.js';
import { ResourceKind } from './resource-kind.js';

type View = Record<string, unknown>;

/** A resource as it is answered. */
export function viewOf<E extends ResourceEntity, D extends object>(kind: ResourceKind<E, D>, row: E): View {
  return kind.view.parse(row);
}

/** @param forced against the will of the file that manages it */
export function auditOf<E extends ResourceEntity, D extends object>(
  kind: ResourceKind<E, D>,
  verb: string,
  row: E,
  before: View | undefined,
  after: View | undefined,
  forced = false,
): AuditedChange {
  return {
    action: `${kind.type}.${verb}`,
    resource: { type: kind.type, id: row.id, key: row.key, ...(forced && { forced }) },
    tenantId: kind.tenantOf(row),
    ...(before && { before }),
    ...(after && { after }),
  };
}
