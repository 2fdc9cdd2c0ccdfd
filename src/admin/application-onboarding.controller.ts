import { Controller } from '@nestjs/common';
import { TenantEntity } from '../tenants/tenant.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { APPLICATION, ApplicationDraft, ApplicationView } from './application.kind.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation } from './operation.js';
import { Resources, requireParent } from './resources.js';

@Controller('admin/v1/tenants/:id/applications')
@AdminRoutes()
export class ApplicationOnboardingController {
  constructor(private readonly resources: Resources) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listTenantApplications',
    summary: 'Lists the applications of a tenant',
    permission: 'applications:read',
    query: listQuery(APPLICATION.filters),
    answer: listOf(ApplicationView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    const tenantId = call.params['id']!;
    return this.resources.list(call, APPLICATION, { tenantId }, (manager) =>
      requireParent(manager, TenantEntity, tenantId),
    );
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createApplication',
    summary: 'Onboards an application of a tenant and gives it a client id',
    permission: 'applications:write',
    body: ApplicationDraft,
    answer: ApplicationView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<ApplicationDraft>): Promise<Answer> {
    return this.resources.create(call, APPLICATION, async (manager) => {
      const tenant = await requireParent<TenantEntity>(manager, TenantEntity, call.params['id']!);
      return { tenantId: tenant.id };
    });
  }
}
