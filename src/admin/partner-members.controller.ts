import { Controller } from '@nestjs/common';
import { FindOptionsWhere, IsNull } from 'typeorm';
import { MemberEntity } from '../tenants/member.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { MEMBER_FILTERS, MemberView, PARTNER_MEMBER, PartnerMemberDraft } from './member.kind.js';
import { Operation } from './operation.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';

@Controller('admin/v1/members')
@AdminRoutes()
export class PartnerMembersController {
  constructor(private readonly resources: Resources) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listPartnerMembers',
    summary: "Lists the partner's own members",
    permission: 'partner-members:read',
    query: listQuery(MEMBER_FILTERS, false),
    answer: listOf(MemberView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    return this.resources.list(call, PARTNER_MEMBER, { tenantId: IsNull() });
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createPartnerMember',
    summary: "Lets a member of the partner's in; a service is given a client id",
    permission: 'partner-members:write',
    body: PartnerMemberDraft,
    answer: MemberView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<PartnerMemberDraft>): Promise<Answer> {
    return this.resources.create(call, PARTNER_MEMBER, () => Promise.resolve({ tenantId: null }));
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getPartnerMember',
    summary: "Reads a member of the partner's",
    permission: 'partner-members:read',
    answer: MemberView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, PARTNER_MEMBER, within(call));
  }

  @Operation({
    method: 'PATCH',
    path: ':id',
    operationId: 'patchPartnerMember',
    summary: "Changes a member of the partner's by a merge-patch; the last partner-admin stays one",
    permission: 'partner-members:write',
    body: MergePatch,
    answer: MemberView,
    ifMatch: true,
    forcible: false,
  })
  patch(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.patch(call, PARTNER_MEMBER, within(call));
  }

  @Operation({
    method: 'DELETE',
    path: ':id',
    operationId: 'deletePartnerMember',
    summary: "Deletes a member of the partner's; the last partner-admin stays",
    permission: 'partner-members:write',
    status: 204,
    ifMatch: true,
    forcible: false,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.remove(call, PARTNER_MEMBER, within(call));
  }
}

function within({ params }: AdminCall): FindOptionsWhere<MemberEntity> {
  return { id: params['id']!, tenantId: IsNull() };
}
