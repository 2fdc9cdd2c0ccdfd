import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Operators } from '../../operators/operators.js';
import { findAdminRule, removeAdminRule, saveAdminRule } from '../../routing/admin-rules.js';
import { OperatorSettingsEntity } from '../../tenants/operator-settings.entity.js';
import { settingsView } from '../operator.view.js';
import { AdminRefusal, invalid } from '../refusal.js';
import { checkOperator, routeAudit, routeView } from '../route-changes.js';
import type { RouteDraft } from '../route.view.js';
import type { Change } from './change.js';
import type { Written } from './written.js';

/** Switches of an operator; who holds its circuits by hand goes on doing so. @throws AdminRefusal invalid | aborted */
export async function putOperator(
  manager: EntityManager,
  operators: Operators,
  { name: operatorId, declared, stored }: Change,
): Promise<Written> {
  if (!operators.get(operatorId)) throw invalid('body.id', 'is no operator');
  await manager.query(
    'INSERT INTO operator_settings (operator_id) VALUES ($1) ON CONFLICT (operator_id) DO NOTHING',
    [operatorId],
  );
  const row = await manager.findOneOrFail(OperatorSettingsEntity, {
    where: { operatorId },
    lock: { mode: 'pessimistic_write' },
  });
  if (row.version !== (stored?.version ?? 1)) throw new AdminRefusal('aborted', { retryAfterSeconds: 1 });
  const before = settingsView(row);
  Object.assign(row, declared!.values, { managedBy: 'config' });
  const after = settingsView(await manager.save(OperatorSettingsEntity, row));
  const resource = { type: 'operator', id: operatorId };
  return { id: operatorId, audit: { action: 'operator.update', resource, tenantId: null, before, after } };
}

/** @throws AdminRefusal invalid | aborted; the database refuses what overlaps */
export async function putRoute(
  manager: EntityManager,
  operators: Operators,
  { declared, stored }: Change,
): Promise<Written> {
  const { operator, tags, ...rest } = declared!.values as unknown as Omit<RouteDraft, 'operatorId'> & {
    operator: string;
    tags: string[];
  };
  const draft: RouteDraft = { ...rest, operatorId: operator };
  checkOperator(operators, draft);
  const id = stored?.id ?? randomUUID();
  const before = stored && routeView(await lockRoute(manager, stored));
  const after = await saveAdminRule(manager, id, draft);
  await manager.query(`UPDATE routing_rules SET managed_by = 'config', tags = $2 WHERE id = $1`, [id, tags]);
  return { id, audit: routeAudit(stored ? 'update' : 'create', id, before, routeView(after)) };
}

/** @throws AdminRefusal aborted */
export async function removeRoute(manager: EntityManager, { stored }: Change): Promise<Written> {
  const rule = await lockRoute(manager, stored!);
  await removeAdminRule(manager, rule.id);
  return { id: rule.id, audit: routeAudit('delete', rule.id, routeView(rule), undefined) };
}

async function lockRoute(manager: EntityManager, { id, version }: NonNullable<Change['stored']>) {
  const rule = await findAdminRule(manager, id, 'FOR UPDATE');
  if (rule?.version === version) return rule;
  throw new AdminRefusal('aborted', { retryAfterSeconds: 1 });
}
