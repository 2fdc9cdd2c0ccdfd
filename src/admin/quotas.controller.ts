import { Controller } from '@nestjs/common';
import { TenantEntity } from '../tenants/tenant.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { QuotaView, readQuotas } from './quota.view.js';
import { requireParent } from './parents.js';
import { Transactions } from './transactions.js';

@Controller('admin/v1/tenants')
@AdminRoutes()
export class QuotasController {
  constructor(private readonly transactions: Transactions) {}

  @Operation({
    method: 'GET',
    path: ':id/quotas',
    operationId: 'getQuotas',
    summary: 'Reads what a tenant and its subscriptions may use, and have used today and this month (UTC)',
    permission: 'quotas:read',
    answer: QuotaView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.transactions.run(call.principal, async (manager) => {
      const tenant = await requireParent<TenantEntity>(manager, TenantEntity, call.params['id']!);
      return { status: 200, body: await readQuotas(manager, tenant, new Date()) };
    });
  }
}
