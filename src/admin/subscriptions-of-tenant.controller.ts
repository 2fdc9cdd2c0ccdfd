import { Controller } from '@nestjs/common';
import { TenantEntity } from '../tenants/tenant.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation } from './operation.js';
import { Resources } from './resources.js';
import { holdParent, requireParent } from './parents.js';
import { SUBSCRIPTION, SubscriptionDraft, SubscriptionView } from './subscription.kind.js';
import { Transactions } from './transactions.js';

@Controller('admin/v1/tenants')
@AdminRoutes()
export class SubscriptionsOfTenantController {
  constructor(
    private readonly resources: Resources,
    private readonly transactions: Transactions,
  ) {}

  @Operation({
    method: 'GET',
    path: ':id/subscriptions',
    operationId: 'listSubscriptionsOfTenant',
    summary: 'Lists the subscriptions of a tenant',
    permission: 'subscriptions:read',
    query: listQuery(SUBSCRIPTION.filters, false),
    answer: listOf(SubscriptionView),
  })
  async list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    const tenantId = call.params['id']!;
    await this.transactions.run(call.principal, (manager) => requireParent(manager, TenantEntity, tenantId));
    return this.resources.list(call, SUBSCRIPTION, { tenantId });
  }

  @Operation({
    method: 'POST',
    path: ':id/subscriptions',
    operationId: 'requestSubscription',
    summary: 'Requests that an application may use a product for a purpose',
    permission: 'subscriptions:request',
    body: SubscriptionDraft,
    answer: SubscriptionView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<SubscriptionDraft>): Promise<Answer> {
    const tenantId = call.params['id']!;
    return this.resources.create(call, SUBSCRIPTION, async (manager) => {
      await holdParent(manager, TenantEntity, tenantId);
      return { tenantId, status: 'created' as const };
    });
  }
}
