import { Controller } from '@nestjs/common';
import { Macs } from '../grants/macs.js';
import { Vault } from '../grants/vault.js';
import { Operators } from '../operators/operators.js';
import { ApplicationEntity } from '../tenants/application.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { Operation } from './operation.js';
import { requireOperator } from './operator.view.js';
import { invalid } from './refusal.js';
import {
  REGISTRATION_FILTERS,
  RegistrationDraft,
  RegistrationView,
  registrationKind,
} from './registration.kind.js';
import { Resources } from './resources.js';

@Controller('admin/v1/operators')
@AdminRoutes()
export class RegistrationsOfOperatorController {
  private readonly kind: ReturnType<typeof registrationKind>;

  constructor(
    private readonly resources: Resources,
    private readonly operators: Operators,
    vault: Vault,
    macs: Macs,
  ) {
    this.kind = registrationKind({ vault, macs });
  }

  @Operation({
    method: 'GET',
    path: ':operatorId/registrations',
    operationId: 'listRegistrationsOfOperator',
    summary: 'Lists the applications that an operator knows',
    permission: 'registrations:read',
    query: listQuery(REGISTRATION_FILTERS, false),
    answer: listOf(RegistrationView),
  })
  async list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    const { id: operatorId } = requireOperator(this.operators, call);
    return this.resources.list(call, this.kind, { operatorId });
  }

  @Operation({
    method: 'POST',
    path: ':operatorId/registrations',
    operationId: 'createRegistration',
    summary: 'Notes what an operator knows an application as',
    permission: 'registrations:write',
    body: RegistrationDraft,
    answer: RegistrationView,
    status: 201,
    idempotent: 'optional',
  })
  async create(@Call() call: AdminCall<RegistrationDraft>): Promise<Answer> {
    const { id: operatorId } = requireOperator(this.operators, call);
    return this.resources.create(call, this.kind, async (manager) => {
      const application = await manager.findOne(ApplicationEntity, {
        where: { id: call.body.applicationId },
        // A deletion that is under way is waited for.
        lock: { mode: 'pessimistic_read' },
      });
      if (!application) throw invalid('body.applicationId', 'is no application');
      return { operatorId, tenantId: application.tenantId };
    });
  }
}
