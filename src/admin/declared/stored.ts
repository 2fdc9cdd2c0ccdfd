import { EntityManager, In } from 'typeorm';
import { ApplicationEntity } from '../../tenants/application.entity.js';
import { MemberEntity } from '../../tenants/member.entity.js';
import { PlanEntity } from '../../tenants/plan.entity.js';
import { RegistrationEntity } from '../../tenants/registration.entity.js';
import type { ResourceEntity } from '../../tenants/resource.entity.js';
import { SubscriptionEntity } from '../../tenants/subscription.entity.js';
import { TenantEntity } from '../../tenants/tenant.entity.js';
import { APPLICATION } from '../application.kind.js';
import { membersOf } from '../member.kind.js';
import { PLAN } from '../plan.kind.js';
import { SUBSCRIPTION } from '../subscription.kind.js';
import { TENANT } from '../tenant.kind.js';
import type { Declared, Kind, Values } from './declared.js';
import type { Stored } from './change.js';
import { readOperators, readRoutes } from './stored-routes.js';

/** Tenants that are read at once, with all that is theirs. */
const AT_ONCE = 200;

/** Tables whose rows may keep a tenant within the reach of a file that has forgotten it. */
const BENEATH = ['members', 'applications', 'subscriptions', 'operator_registrations'];

/** Whatever a file names or, to prune, whatever any file manages; plans, operators and routes are few: all of them. */
export async function readConcerned(
  manager: EntityManager,
  declared: readonly Declared[],
  prune: boolean,
): Promise<Stored[]> {
  const keys = declared.filter(({ kind }) => kind === 'tenant').map(({ name }) => name);
  const managed = BENEATH.map(
    (table) => `SELECT tenant_id FROM ${table} WHERE managed_by = 'config' AND deleted_at IS NULL`,
  );
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM tenants WHERE deleted_at IS NULL AND (key = ANY ($1)
       OR ($2 AND (managed_by = 'config' OR id IN (${managed.join(' UNION ALL ')}))))`,
    [keys, prune],
  );
  const found = await readCommon(manager);
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const ids = rows.slice(at, at + AT_ONCE).map(({ id }) => id);
    found.push(...(await readTenants(manager, ids)));
  }
  return found;
}

/** Everything, a few tenants at a time. */
export async function* readAll(manager: EntityManager): AsyncGenerator<Stored[]> {
  yield await readCommon(manager);
  for (let after = ''; ;) {
    const rows = await manager.query<{ id: string; key: string }[]>(
      'SELECT id, key FROM tenants WHERE deleted_at IS NULL AND key > $1 ORDER BY key LIMIT $2',
      [after, AT_ONCE],
    );
    if (rows.length === 0) return;
    after = rows.at(-1)!.key;
    yield await readTenants(
      manager,
      rows.map(({ id }) => id),
    );
  }
}

async function readCommon(manager: EntityManager): Promise<Stored[]> {
  const plans = (await manager.find(PlanEntity)).map((row) =>
    stored('plan', row.key, row, PLAN.toDraft(row)),
  );
  return [...plans, ...(await readOperators(manager)), ...(await readRoutes(manager))];
}

/** These tenants, and all that belongs to them. */
async function readTenants(manager: EntityManager, ids: readonly string[]): Promise<Stored[]> {
  const tenants = await manager.findBy(TenantEntity, { id: In(ids) });
  const theirs = { tenantId: In(ids) };
  const applications = await manager.findBy(ApplicationEntity, theirs);
  const plans = new Map((await manager.find(PlanEntity)).map(({ id, key }) => [id, key]));
  const names = new Map(tenants.map(({ id, key }) => [id, key]));
  for (const { id, tenantId, key } of applications) names.set(id, `${names.get(tenantId)!}/${key}`);
  const named = (kind: Kind, row: ResourceEntity, parentId: string, key: string, draft: object) => {
    const parent = names.get(parentId);
    // Of an application that is deleted, and kept with what was its own.
    return parent === undefined ? [] : [stored(kind, `${parent}/${key}`, row, draft, parent)];
  };
  return [
    ...tenants.map((row) => stored('tenant', row.key, row, { ...TENANT.toDraft(row), status: row.status })),
    ...(await manager.findBy(MemberEntity, theirs)).flatMap((row) =>
      named('member', row, row.tenantId!, row.key, membersOf(row.tenantId!).toDraft(row)),
    ),
    ...applications.flatMap((row) =>
      named('application', row, row.tenantId, row.key, { ...APPLICATION.toDraft(row), status: row.status }),
    ),
    ...(await manager.findBy(SubscriptionEntity, theirs)).flatMap((row) => {
      const { applicationId: _, planId, ...draft } = SUBSCRIPTION.toDraft(row);
      const plan = planId === undefined ? undefined : (plans.get(planId) ?? planId);
      return named('subscription', row, row.applicationId, row.key, { ...draft, plan, status: row.status });
    }),
    ...(await manager.findBy(RegistrationEntity, theirs)).flatMap((row) => {
      const { key, tags, clientId, approval, tmfIds, credentialFingerprint: credential } = row;
      const values = { key, tags, clientId, approval, tmfIds, ...(credential !== null && { credential }) };
      return named('registration', row, row.applicationId, row.operatorId, values);
    }),
  ];
}

function stored(kind: Kind, name: string, row: ResourceEntity, draft: object, parent?: string): Stored {
  const { id, version, managedBy } = row;
  const { key, ...values } = JSON.parse(JSON.stringify(draft)) as Record<string, unknown>;
  // A registration is known by its operator, so its key is one value among others.
  const all: Values = kind === 'registration' ? { key, ...values } : values;
  return { kind, name, id, version, managedBy, values: all, ...(parent !== undefined && { parent }) };
}
