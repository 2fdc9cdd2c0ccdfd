import { isDeepStrictEqual } from 'node:util';
import { EntityManager, FindOptionsWhere, IsNull, MoreThan, Not } from 'typeorm';
import { ApplicationEntity } from '../tenants/application.entity.js';
import { PlanEntity } from '../tenants/plan.entity.js';
import { SubscriptionEntity } from '../tenants/subscription.entity.js';
import { readProducts } from './product.reader.js';
import { AdminRefusal, invalid } from './refusal.js';
import type { By } from './resource-kind.js';

/** A row that names its plan by key until the rules have looked it up. */
export type SubscriptionRow = SubscriptionEntity & { planKey?: string };

/** Grants that prove nothing about a device by themselves: whether an application may, the partner decides. */
const EXTENSION_GRANTS = ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'];

/** What a subscription is for: another one of these is another subscription. */
const IDENTITY = ['applicationId', 'product', 'purpose'] as const;

/** What its terms were accepted for. */
const TERMS = [
  'scopes',
  'grantTypes',
  'allowedHints',
  'countries',
  'legalBasis',
  'planId',
  'limits',
  'expiresAt',
] as const;

/**
 * Rules of a subscription beyond its shape. A tenant may ask for what the product offers and change its mind until
 * it has accepted the terms; whatever weakens the proof or goes beyond a plan is the partner's to give.
 * @throws AdminRefusal invalid | permissionDenied | incompatibleState | alreadyExists
 */
export async function checkSubscription(
  manager: EntityManager,
  row: SubscriptionRow,
  before: SubscriptionRow | undefined,
  call: By,
): Promise<void> {
  await findPlan(manager, row, before);
  const moved = !before || before.status !== row.status;
  if (before && !moved) requireChangeable(row, before, call);
  if (!before || IDENTITY.some((name) => before[name] !== row[name]))
    await checkIdentity(manager, row, before);
  await checkProduct(manager, row, before, call.principal.tenantId === null);
  if (row.status === 'active') await checkOnlyActive(manager, row);
}

async function findPlan(
  manager: EntityManager,
  row: SubscriptionRow,
  before: SubscriptionRow | undefined,
): Promise<void> {
  const { planKey } = row;
  if (planKey !== undefined) {
    const plan = await findPlanBy(manager, { key: planKey });
    if (!plan) throw invalid('body.planKey', 'is no plan');
    row.planId = plan.id;
    delete row.planKey;
  } else if (row.planId !== null && row.planId !== before?.planId) {
    if (!(await findPlanBy(manager, { id: row.planId }))) throw invalid('body.planId', 'is no plan');
  }
}

/** Held until the subscription is written: its deletion asks who uses it. */
function findPlanBy(manager: EntityManager, where: FindOptionsWhere<PlanEntity>): Promise<PlanEntity | null> {
  return manager.findOne(PlanEntity, { where, lock: { mode: 'pessimistic_read' } });
}

function requireChangeable(row: SubscriptionRow, before: SubscriptionRow, { principal }: By): void {
  if (row.status === 'terminated') {
    throw new AdminRefusal('incompatibleState', { message: 'The subscription is terminated.' });
  }
  if (principal.tenantId === null || row.status === 'created') return;
  const changed = TERMS.filter((name) => !isDeepStrictEqual(before[name], row[name]));
  if (changed.length === 0) return;
  throw new AdminRefusal('incompatibleState', {
    message: `Its terms have been accepted: ${changed.join(', ')} can be changed by the partner only.`,
  });
}

async function checkIdentity(
  manager: EntityManager,
  row: SubscriptionRow,
  before: SubscriptionRow | undefined,
): Promise<void> {
  const changed = before && IDENTITY.find((name) => before[name] !== row[name]);
  if (changed) throw invalid(`body.${changed}`, 'cannot be changed: make another subscription');
  const { applicationId: id, tenantId } = row;
  // Held against its deletion, and in the way in which the only active subscription is looked for: no deadlock.
  const lock = { mode: 'pessimistic_write' } as const;
  if (!(await manager.findOne(ApplicationEntity, { where: { id, tenantId }, lock }))) {
    throw invalid('body.applicationId', 'is no application of the tenant');
  }
}

async function checkProduct(
  manager: EntityManager,
  row: SubscriptionRow,
  before: SubscriptionRow | undefined,
  byPartner: boolean,
): Promise<void> {
  const [product] = await readProducts(manager, row.product);
  if (!product) throw invalid('body.product', 'is no product');
  const grantTypes = [...product.grantTypes, ...EXTENSION_GRANTS];
  requireSubset('scopes', row.scopes, product.scopes);
  requireSubset('grantTypes', row.grantTypes, grantTypes);
  if (byPartner) return;
  const asked = {
    grantTypes: row.grantTypes.filter((one) => EXTENSION_GRANTS.includes(one)),
    allowedHints: row.allowedHints.filter((one) => one !== 'operatortoken'),
  };
  for (const name of ['grantTypes', 'allowedHints'] as const) {
    const more = asked[name].filter((one) => !before?.[name].includes(one));
    if (more.length > 0) throw partnersOnly(`${name}: ${more.join(', ')}`);
  }
  if (!isDeepStrictEqual(row.limits, before?.limits ?? {})) throw partnersOnly('limits');
}

function requireSubset(name: string, asked: readonly string[], offered: readonly string[]): void {
  const at = asked.findIndex((one) => !offered.includes(one));
  if (at !== -1) throw invalid(`body.${name}.${at}`, `must be one of ${offered.join(', ')}`);
}

function partnersOnly(what: string): AdminRefusal {
  return new AdminRefusal('permissionDenied', { message: `Only the partner gives ${what}.` });
}

/** Locks the application, so that of two that become active at once the second one sees the first. */
async function checkOnlyActive(manager: EntityManager, row: SubscriptionRow): Promise<void> {
  const now = new Date();
  if (row.expiresAt && row.expiresAt <= now) return;
  const { applicationId, product, purpose } = row;
  await manager.query('SELECT FROM applications WHERE id = $1 FOR UPDATE', [applicationId]);
  const other = { id: Not(row.id), applicationId, product, purpose, status: 'active' as const };
  const taken = await manager.existsBy(SubscriptionEntity, [
    { ...other, expiresAt: IsNull() },
    { ...other, expiresAt: MoreThan(now) },
  ]);
  if (taken) {
    throw new AdminRefusal('alreadyExists', {
      message: 'The application has an active subscription to this product for this purpose.',
    });
  }
}
