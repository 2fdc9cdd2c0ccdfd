import { Controller } from '@nestjs/common';
import { In } from 'typeorm';
import { z } from 'zod';
import { ApplicationEntity } from '../tenants/application.entity.js';
import { CredentialEntity } from '../tenants/credential.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import { type Answer, resourceAnswer } from './answer.js';
import { modesWithin } from './credential-rules.js';
import {
  CredentialDraft,
  CredentialView,
  MintedCredentialView,
  Rotation,
  credentialView,
} from './credential.view.js';
import { Credentials } from './credentials.js';
import { type Filters, type Paging, listAnswer, listOf, listQuery, whereOf } from './listing.js';
import { Operation } from './operation.js';
import { AdminRefusal } from './refusal.js';
import { requireParent } from './parents.js';
import { Transactions } from './transactions.js';

const FILTERS: Filters = { createdAt: 'date' };
const ListQuery = listQuery(FILTERS).extend({
  orderBy: z.enum(['createdAt']).default('createdAt'),
  mode: z.enum(['test', 'live']).optional(),
});
type ListQuery = Paging & { mode?: 'test' | 'live' };

@Controller('admin/v1/applications/:id/credentials')
@AdminRoutes()
export class CredentialsController {
  constructor(
    private readonly credentials: Credentials,
    private readonly transactions: Transactions,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listCredentials',
    summary: 'Lists the client secrets of an application, without the secrets',
    permission: 'credentials:read',
    query: ListQuery,
    answer: listOf(CredentialView),
  })
  list(@Call() call: AdminCall<unknown, ListQuery>): Promise<Answer> {
    const { page, perPage, order, mode } = call.query;
    const modes = modesWithin(call.reach).filter((one) => mode === undefined || one === mode);
    return this.transactions.run(call.principal, async (manager) => {
      const { id } = await requireParent<ApplicationEntity>(manager, ApplicationEntity, call.params['id']!);
      const [rows, count] = await manager.findAndCount(CredentialEntity, {
        where: {
          ...whereOf<CredentialEntity>(FILTERS, { ...call.query }),
          applicationId: id,
          mode: In(modes),
        },
        order: { createdAt: order, id: 'asc' },
        skip: (page - 1) * perPage,
        take: perPage,
      });
      return listAnswer(
        call,
        rows.map((row) => credentialView(row)),
        count,
      );
    });
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createCredential',
    summary: 'Makes a client secret, which is shown in this answer and never again',
    permission: 'credentials:write',
    body: CredentialDraft,
    answer: MintedCredentialView,
    status: 201,
    idempotent: 'required',
  })
  create(@Call() call: AdminCall<CredentialDraft>): Promise<Answer> {
    return this.credentials.create(call);
  }

  @Operation({
    method: 'GET',
    path: ':credentialId',
    operationId: 'getCredential',
    summary: 'Reads what is known of a client secret',
    permission: 'credentials:read',
    answer: CredentialView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.transactions.run(call.principal, async (manager) => {
      const { id } = await requireParent<ApplicationEntity>(manager, ApplicationEntity, call.params['id']!);
      const row = await manager.findOneBy(CredentialEntity, {
        id: call.params['credentialId']!,
        applicationId: id,
        mode: In(modesWithin(call.reach)),
      });
      if (!row) throw new AdminRefusal('notFound');
      return resourceAnswer(200, credentialView(row), row.version);
    });
  }

  @Operation({
    method: 'DELETE',
    path: ':credentialId',
    operationId: 'revokeCredential',
    summary:
      'Revokes a client secret and the tokens given for it; the last one only of a suspended application',
    permission: 'credentials:write',
    status: 204,
    ifMatch: true,
    forcible: false,
  })
  revoke(@Call() call: AdminCall): Promise<Answer> {
    return this.credentials.revoke(call);
  }

  @Operation({
    method: 'POST',
    path: ':credentialId/rotate',
    operationId: 'rotateCredential',
    summary: 'Makes a client secret in place of another, which is still taken for as long as is asked for',
    permission: 'credentials:write',
    body: Rotation,
    answer: MintedCredentialView,
    status: 201,
    idempotent: 'required',
  })
  rotate(@Call() call: AdminCall<Rotation>): Promise<Answer> {
    return this.credentials.rotate(call);
  }
}
