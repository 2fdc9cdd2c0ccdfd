import type { EntityManager } from 'typeorm';
import { Operators } from '../../operators/operators.js';
import type { ResourceEntity } from '../../tenants/resource.entity.js';
import { ApplicationEntity } from '../../tenants/application.entity.js';
import { TenantEntity } from '../../tenants/tenant.entity.js';
import { APPLICATION } from '../application.kind.js';
import { membersOf } from '../member.kind.js';
import { PLAN } from '../plan.kind.js';
import { invalid } from '../refusal.js';
import type { registrationKind } from '../registration.kind.js';
import type { By, ResourceKind } from '../resource-kind.js';
import { holdParent } from '../parents.js';
import { SUBSCRIPTION } from '../subscription.kind.js';
import { TENANT } from '../tenant.kind.js';
import { putOperator, putRoute, removeRoute } from './other-writers.js';
import type { Change, Stored } from './change.js';
import { Wish, putResource, removeResource } from './resource-writer.js';
import { Written, atItsPlace } from './written.js';

type AnyKind = ResourceKind<ResourceEntity, object>;

export interface Tools {
  readonly operators: Operators;
  readonly registrations: ReturnType<typeof registrationKind>;
}

/** One run through the changes of a plan, within a transaction. */
export class Execution {
  /** Ids of what others belong to, by name. */
  private readonly ids: Map<string, string>;

  /** @param stored what the plan was made from */
  constructor(
    private readonly manager: EntityManager,
    private readonly by: By,
    private readonly tools: Tools,
    stored: readonly Stored[],
  ) {
    const parents = stored.filter(({ kind }) => kind === 'tenant' || kind === 'application');
    this.ids = new Map(parents.map(({ name, id }) => [name, id]));
  }

  /** @throws AdminRefusal naming the place in the file */
  async make(change: Change): Promise<Written> {
    const written = await atItsPlace(change, () => this.write(change));
    if (change.kind === 'tenant' || change.kind === 'application') this.ids.set(change.name, written.id);
    return written;
  }

  private async write(change: Change): Promise<Written> {
    const { manager, by } = this;
    const { operators } = this.tools;
    if (change.kind === 'operator') return putOperator(manager, operators, change);
    const { declared } = change;
    if (change.kind === 'route') {
      return declared ? putRoute(manager, operators, change) : removeRoute(manager, change);
    }
    const kind = this.kindOf(change) as unknown as AnyKind;
    if (!declared) return removeResource(manager, by, kind, change);
    if (change.action === 'create') await this.holdParentOf(change);
    return putResource(manager, by, kind, change, ({ status }) => this.wishFor(change, status));
  }

  private async holdParentOf({ kind, declared }: Change): Promise<void> {
    const { manager } = this;
    const id = this.ids.get(declared!.parent ?? '');
    if (kind === 'member' || kind === 'application') await holdParent(manager, TenantEntity, id!);
    if (kind === 'registration') await holdParent(manager, ApplicationEntity, id!);
  }

  private kindOf({ kind, declared, stored }: Change) {
    const tenant = (declared ?? stored)?.parent ?? '';
    const kinds = {
      plan: PLAN,
      tenant: TENANT,
      member: membersOf(this.ids.get(tenant)!),
      application: APPLICATION,
      subscription: SUBSCRIPTION,
      registration: this.tools.registrations,
    };
    return kinds[kind as keyof typeof kinds];
  }

  /** @param now the status that it has; undefined: it comes to be */
  private wishFor({ kind, name, declared, stored }: Change, now: string | undefined): Wish {
    const {
      status = now ?? 'active',
      plan,
      credential: _,
      ...values
    } = declared!.values as Record<string, string>;
    const { parent = '' } = declared!;
    const tenantId = this.ids.get(parent.split('/')[0]!);
    const draft = { ...values, ...(kind !== 'registration' && { key: name.split('/').at(-1)! }) };
    switch (kind) {
      case 'member':
        return { parent: { tenantId }, draft: { ...draft, status } };
      case 'application':
        return { parent: { tenantId }, draft, status };
      case 'subscription': {
        const applicationId = this.ids.get(parent);
        const from = now === undefined && { status: 'created' };
        return { parent: { tenantId, ...from }, draft: { ...draft, applicationId, planKey: plan }, status };
      }
      case 'registration': {
        const operatorId = name.split('/').at(-1)!;
        if (!this.tools.operators.get(operatorId)) throw invalid('body.operator', 'is no operator');
        const credential = declared!.credential?.reveal();
        const named = { key: stored ? undefined : operatorId, ...draft };
        const applicationId = this.ids.get(parent);
        return { parent: { tenantId, operatorId }, draft: { ...named, applicationId, credential } };
      }
      default:
        return { parent: {}, draft, ...(kind === 'tenant' && { status }) };
    }
  }
}
