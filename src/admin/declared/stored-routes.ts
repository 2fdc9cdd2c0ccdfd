import type { EntityManager } from 'typeorm';
import type { AdminRule } from '../../routing/admin-rules.js';
import type { ManagedBy } from '../../tenants/resource.entity.js';
import { OperatorSettingsEntity } from '../../tenants/operator-settings.entity.js';
import type { Stored } from './change.js';

type Row = Pick<AdminRule, 'id' | 'kind' | 'value' | 'operatorId' | 'dynamic' | 'version'> & {
  readonly managedBy: ManagedBy;
  readonly tags: string[];
};

/** The partner's own routing rules. */
export async function readRoutes(manager: EntityManager): Promise<Stored[]> {
  const rows = await manager.query<Row[]>(
    `SELECT id, kind, coalesce(cidr::text, mccmnc, prefix) AS value, operator_id AS "operatorId", dynamic, version,
       managed_by AS "managedBy", tags
     FROM routing_rules WHERE source = 'admin' AND deleted_at IS NULL`,
  );
  return rows.map(({ id, version, managedBy, kind, value, operatorId, dynamic, tags }) => ({
    kind: 'route',
    name: `${kind}/${value}`,
    id,
    version,
    managedBy,
    values: { operator: operatorId, kind, value, dynamic, tags },
  }));
}

/** What people or files have switched. */
export async function readOperators(manager: EntityManager): Promise<Stored[]> {
  const rows = await manager.find(OperatorSettingsEntity);
  return rows.map(({ operatorId: id, version, managedBy, enabled, reason }) => ({
    kind: 'operator',
    name: id,
    id,
    version,
    managedBy,
    values: { enabled, reason },
  }));
}
