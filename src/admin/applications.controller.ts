import { Controller } from '@nestjs/common';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { APPLICATION, ApplicationDraft, ApplicationView } from './application.kind.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation } from './operation.js';
import { AdminRefusal } from './refusal.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';

/** Applications whosever they are; they are created beneath their tenant. */
@Controller('admin/v1/applications')
@AdminRoutes()
export class ApplicationsController {
  constructor(private readonly resources: Resources) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listApplications',
    summary: 'Lists applications of all tenants that one may see',
    permission: 'applications:read',
    query: listQuery(APPLICATION.filters),
    answer: listOf(ApplicationView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    return this.resources.list(call, APPLICATION);
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getApplication',
    summary: 'Reads an application',
    permission: 'applications:read',
    answer: ApplicationView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, APPLICATION);
  }

  @Operation({
    method: 'PUT',
    path: ':id',
    operationId: 'replaceApplication',
    summary: 'Replaces an application; its client id stays',
    permission: 'applications:write',
    body: ApplicationDraft,
    answer: ApplicationView,
    ifMatch: true,
  })
  replace(@Call() call: AdminCall<ApplicationDraft>): Promise<Answer> {
    return this.resources.replace(call, APPLICATION);
  }

  @Operation({
    method: 'PATCH',
    path: ':id',
    operationId: 'patchApplication',
    summary: 'Changes an application by a merge-patch',
    permission: 'applications:write',
    body: MergePatch,
    answer: ApplicationView,
    ifMatch: true,
  })
  patch(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.patch(call, APPLICATION);
  }

  @Operation({
    method: 'DELETE',
    path: ':id',
    operationId: 'deleteApplication',
    summary: 'Deletes an application whose subscriptions are all terminated',
    permission: 'applications:write',
    status: 204,
    ifMatch: true,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.remove(call, APPLICATION);
  }

  @Operation({
    method: 'POST',
    path: ':id/suspend',
    operationId: 'suspendApplication',
    summary: 'Suspends an application: its calls are refused from now on, also with tokens issued before',
    permission: 'applications:write',
    answer: ApplicationView,
    ifMatch: true,
    idempotent: 'optional',
  })
  suspend(@Call() call: AdminCall): Promise<Answer> {
    return this.turn(call, 'suspend', 'suspended');
  }

  @Operation({
    method: 'POST',
    path: ':id/resume',
    operationId: 'resumeApplication',
    summary: 'Ends the suspension of an application',
    permission: 'applications:write',
    answer: ApplicationView,
    ifMatch: true,
    idempotent: 'optional',
  })
  resume(@Call() call: AdminCall): Promise<Answer> {
    return this.turn(call, 'resume', 'active');
  }

  private turn(call: AdminCall, verb: string, to: 'active' | 'suspended'): Promise<Answer> {
    return this.resources.change(call, APPLICATION, verb, { id: call.params['id'] }, (row) => {
      if (row.status === to) {
        throw new AdminRefusal('incompatibleState', { message: `The application is ${row.status}.` });
      }
      row.status = to;
    });
  }
}
