import { Controller } from '@nestjs/common';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation } from './operation.js';
import { PutByKey } from './put-by-key.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';
import { AdminRefusal } from './refusal.js';
import { TENANT, TenantDraft, TenantView } from './tenant.kind.js';

@Controller('admin/v1/tenants')
@AdminRoutes()
export class TenantsController {
  constructor(
    private readonly resources: Resources,
    private readonly putting: PutByKey,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listTenants',
    summary: 'Lists tenants',
    permission: 'tenants:read',
    query: listQuery(TENANT.filters),
    answer: listOf(TenantView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    return this.resources.list(call, TENANT);
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createTenant',
    summary: 'Onboards a tenant',
    permission: 'tenants:write',
    body: TenantDraft,
    answer: TenantView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<TenantDraft>): Promise<Answer> {
    return this.resources.create(call, TENANT);
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getTenant',
    summary: 'Reads a tenant',
    permission: 'tenants:read',
    answer: TenantView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, TENANT);
  }

  @Operation({
    method: 'PUT',
    path: ':id',
    operationId: 'replaceTenant',
    summary: 'Replaces a tenant; under a key of your choice, `If-None-Match: *` makes it',
    permission: 'tenants:write',
    body: TenantDraft,
    answer: TenantView,
    ifMatch: true,
    byKey: true,
  })
  replace(@Call() call: AdminCall<TenantDraft>): Promise<Answer> {
    return this.putting.put(call, TENANT, call.params['id']!);
  }

  @Operation({
    method: 'PATCH',
    path: ':id',
    operationId: 'patchTenant',
    summary: 'Changes a tenant by a merge-patch',
    permission: 'tenants:write',
    body: MergePatch,
    answer: TenantView,
    ifMatch: true,
  })
  patch(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.patch(call, TENANT);
  }

  @Operation({
    method: 'DELETE',
    path: ':id',
    operationId: 'deleteTenant',
    summary: 'Deletes a tenant that has no applications',
    permission: 'tenants:write',
    status: 204,
    ifMatch: true,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.remove(call, TENANT);
  }

  @Operation({
    method: 'POST',
    path: ':id/suspend',
    operationId: 'suspendTenant',
    summary: 'Suspends a tenant: its calls are refused from now on, also with tokens issued before',
    permission: 'tenants:suspend',
    answer: TenantView,
    ifMatch: true,
    idempotent: 'optional',
  })
  suspend(@Call() call: AdminCall): Promise<Answer> {
    return this.turn(call, 'suspend', 'active', 'suspended');
  }

  @Operation({
    method: 'POST',
    path: ':id/resume',
    operationId: 'resumeTenant',
    summary: 'Ends the suspension of a tenant',
    permission: 'tenants:suspend',
    answer: TenantView,
    ifMatch: true,
    idempotent: 'optional',
  })
  resume(@Call() call: AdminCall): Promise<Answer> {
    return this.turn(call, 'resume', 'suspended', 'active');
  }

  private turn(
    call: AdminCall,
    verb: string,
    from: 'active' | 'suspended',
    to: 'active' | 'suspended',
  ): Promise<Answer> {
    return this.resources.change(call, TENANT, verb, { id: call.params['id'] }, (row) => {
      if (row.status !== from)
        throw new AdminRefusal('incompatibleState', { message: `The tenant is ${row.status}.` });
      row.status = to;
    });
  }
}
