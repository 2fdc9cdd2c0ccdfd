import { Controller } from '@nestjs/common';
import { Macs } from '../grants/macs.js';
import { Vault } from '../grants/vault.js';
import { type AdminCall, Call, parsed } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { mergePatch } from './merge-patch.js';
import { Operation } from './operation.js';
import {
  REGISTRATION_FILTERS,
  RegistrationDraft,
  RegistrationView,
  registrationKind,
} from './registration.kind.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';

@Controller('admin/v1/registrations')
@AdminRoutes()
export class RegistrationsController {
  private readonly kind: ReturnType<typeof registrationKind>;

  constructor(
    private readonly resources: Resources,
    vault: Vault,
    macs: Macs,
  ) {
    this.kind = registrationKind({ vault, macs });
  }

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listRegistrations',
    summary: 'Lists what operators know our applications as',
    permission: 'registrations:read',
    query: listQuery(REGISTRATION_FILTERS, false),
    answer: listOf(RegistrationView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    return this.resources.list(call, this.kind);
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getRegistration',
    summary: 'Reads a registration',
    permission: 'registrations:read',
    answer: RegistrationView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, this.kind);
  }

  @Operation({
    method: 'PATCH',
    path: ':id',
    operationId: 'patchRegistration',
    summary: 'Changes a registration by a merge-patch; `"credential": null` removes its credential',
    permission: 'registrations:write',
    body: MergePatch,
    answer: RegistrationView,
    ifMatch: true,
  })
  patch(@Call() call: AdminCall<Record<string, unknown>>): Promise<Answer> {
    const { kind } = this;
    return this.resources.change(call, kind, 'update', { id: call.params['id'] }, (row) => {
      const draft: RegistrationDraft = parsed('body', kind.draft, mergePatch(kind.toDraft(row), call.body));
      kind.apply(row, draft);
      if (call.body['credential'] === null) {
        row.sealedCredential = null;
        row.credentialFingerprint = null;
      }
    });
  }

  @Operation({
    method: 'DELETE',
    path: ':id',
    operationId: 'deleteRegistration',
    summary: 'Deletes a registration: the application is not served by the operator any more',
    permission: 'registrations:write',
    status: 204,
    ifMatch: true,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.remove(call, this.kind);
  }
}
