import { Controller } from '@nestjs/common';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation } from './operation.js';
import { PLAN, PlanDraft, PlanView } from './plan.kind.js';
import { PutByKey } from './put-by-key.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';

@Controller('admin/v1/plans')
@AdminRoutes()
export class PlansController {
  constructor(
    private readonly resources: Resources,
    private readonly putting: PutByKey,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listPlans',
    summary: 'Lists plans: limits that subscriptions share',
    permission: 'plans:read',
    query: listQuery(PLAN.filters),
    answer: listOf(PlanView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    return this.resources.list(call, PLAN);
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createPlan',
    summary: 'Creates a plan',
    permission: 'plans:write',
    body: PlanDraft,
    answer: PlanView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<PlanDraft>): Promise<Answer> {
    return this.resources.create(call, PLAN);
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getPlan',
    summary: 'Reads a plan',
    permission: 'plans:read',
    answer: PlanView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, PLAN);
  }

  @Operation({
    method: 'PUT',
    path: ':id',
    operationId: 'replacePlan',
    summary:
      'Replaces a plan, for every subscription that uses it; under a key of your choice, `If-None-Match: *` makes it',
    permission: 'plans:write',
    body: PlanDraft,
    answer: PlanView,
    ifMatch: true,
    byKey: true,
  })
  replace(@Call() call: AdminCall<PlanDraft>): Promise<Answer> {
    return this.putting.put(call, PLAN, call.params['id']!);
  }

  @Operation({
    method: 'PATCH',
    path: ':id',
    operationId: 'patchPlan',
    summary: 'Changes a plan by a merge-patch, for every subscription that uses it',
    permission: 'plans:write',
    body: MergePatch,
    answer: PlanView,
    ifMatch: true,
  })
  patch(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.patch(call, PLAN);
  }

  @Operation({
    method: 'DELETE',
    path: ':id',
    operationId: 'deletePlan',
    summary: 'Deletes a plan that no subscription uses, save terminated ones',
    permission: 'plans:write',
    status: 204,
    ifMatch: true,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.remove(call, PLAN);
  }
}
