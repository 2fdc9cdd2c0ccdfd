import { Controller } from '@nestjs/common';
import { TenantEntity } from '../tenants/tenant.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { APPLICATION, ApplicationDraft, ApplicationView } from './application.kind.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { KEY, UUID } from './names.js';
import { Operation } from './operation.js';
import { PutByKey } from './put-by-key.js';
import { AdminRefusal } from './refusal.js';
import { Resources } from './resources.js';
import { holdParent, requireParent } from './parents.js';

@Controller('admin/v1/tenants/:id/applications')
@AdminRoutes()
export class ApplicationOnboardingController {
  constructor(
    private readonly resources: Resources,
    private readonly putting: PutByKey,
  ) {}

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
      const tenant = await holdParent<TenantEntity>(manager, TenantEntity, call.params['id']!);
      return { tenantId: tenant.id };
    });
  }

  @Operation({
    method: 'PUT',
    path: ':key',
    operationId: 'putApplication',
    summary: 'Replaces the application of a tenant that has this key; `If-None-Match: *` onboards it',
    permission: 'applications:write',
    body: ApplicationDraft,
    answer: ApplicationView,
    ifMatch: true,
    byKey: true,
  })
  async put(@Call() call: AdminCall<ApplicationDraft>): Promise<Answer> {
    const tenantId = call.params['id']!;
    const name = call.params['key']!;
    if (!KEY.test(name) || !UUID.test(tenantId)) throw new AdminRefusal('notFound');
    return this.putting.put(call, APPLICATION, name, { tenantId }, async (manager) => {
      await holdParent(manager, TenantEntity, tenantId);
      return { tenantId };
    });
  }
}
