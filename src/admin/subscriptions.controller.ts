import { Controller } from '@nestjs/common';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation, OperationSpec } from './operation.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';
import { SubscriptionStep, takeStep } from './subscription-states.js';
import { SUBSCRIPTION, SubscriptionView } from './subscription.kind.js';

/** A state change of a subscription, as an operation of its own. */
function Step(
  step: SubscriptionStep,
  spec: Pick<OperationSpec, 'operationId' | 'summary' | 'permission'>,
): MethodDecorator {
  return Operation({
    method: 'POST',
    path: `:id/${step}`,
    answer: SubscriptionView,
    ifMatch: true,
    idempotent: 'optional',
    ...spec,
  });
}

@Controller('admin/v1/subscriptions')
@AdminRoutes()
export class SubscriptionsController {
  constructor(private readonly resources: Resources) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listSubscriptions',
    summary: 'Lists subscriptions of all applications that you may see',
    permission: 'subscriptions:read',
    query: listQuery(SUBSCRIPTION.filters, false),
    answer: listOf(SubscriptionView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    return this.resources.list(call, SUBSCRIPTION);
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getSubscription',
    summary: 'Reads a subscription',
    permission: 'subscriptions:read',
    answer: SubscriptionView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, SUBSCRIPTION);
  }

  @Operation({
    method: 'PATCH',
    path: ':id',
    operationId: 'patchSubscription',
    summary:
      'Changes a subscription by a merge-patch: the tenant until its terms are accepted, the partner later too',
    permission: 'subscriptions:request',
    body: MergePatch,
    answer: SubscriptionView,
    ifMatch: true,
  })
  patch(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.patch(call, SUBSCRIPTION);
  }

  @Step('accept-terms', {
    operationId: 'acceptTermsOfSubscription',
    summary: 'Accepts the terms: from now on the subscription waits for approval',
    permission: 'subscriptions:accept-terms',
  })
  acceptTerms(@Call() call: AdminCall): Promise<Answer> {
    return this.take('accept-terms', call);
  }

  @Step('approve', {
    operationId: 'approveSubscription',
    summary: 'Approves a subscription whose terms are accepted: calls are served',
    permission: 'subscriptions:approve',
  })
  approve(@Call() call: AdminCall): Promise<Answer> {
    return this.take('approve', call);
  }

  @Step('suspend', {
    operationId: 'suspendSubscription',
    summary: 'Suspends a subscription: its calls are refused, also with tokens issued before',
    permission: 'subscriptions:suspend',
  })
  suspend(@Call() call: AdminCall): Promise<Answer> {
    return this.take('suspend', call);
  }

  @Step('resume', {
    operationId: 'resumeSubscription',
    summary: 'Ends a suspension; what the partner has suspended only the partner resumes',
    permission: 'subscriptions:suspend',
  })
  resume(@Call() call: AdminCall): Promise<Answer> {
    return this.take('resume', call);
  }

  @Step('terminate', {
    operationId: 'terminateSubscription',
    summary: 'Ends a subscription for good',
    permission: 'subscriptions:suspend',
  })
  terminate(@Call() call: AdminCall): Promise<Answer> {
    return this.take('terminate', call);
  }

  private take(step: SubscriptionStep, call: AdminCall): Promise<Answer> {
    return this.resources.change(call, SUBSCRIPTION, step, { id: call.params['id'] }, (row, manager) =>
      takeStep(row, step, manager, call),
    );
  }
}
