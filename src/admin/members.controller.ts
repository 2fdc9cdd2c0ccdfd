import { Controller } from '@nestjs/common';
import { FindOptionsWhere } from 'typeorm';
import { MemberEntity } from '../tenants/member.entity.js';
import { TenantEntity } from '../tenants/tenant.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { type Paging, listOf, listQuery } from './listing.js';
import { MEMBER_FILTERS, MemberDraft, MemberView, membersOf } from './member.kind.js';
import { Operation } from './operation.js';
import { MergePatch } from './resource-kind.js';
import { Resources } from './resources.js';
import { holdParent, requireParent } from './parents.js';

@Controller('admin/v1/tenants/:id/members')
@AdminRoutes()
export class MembersController {
  constructor(private readonly resources: Resources) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listMembers',
    summary: 'Lists the members of a tenant',
    permission: 'members:read',
    query: listQuery(MEMBER_FILTERS, false),
    answer: listOf(MemberView),
  })
  list(@Call() call: AdminCall<unknown, Paging>): Promise<Answer> {
    const tenantId = call.params['id']!;
    return this.resources.list(call, kindOf(call), { tenantId }, (manager) =>
      requireParent(manager, TenantEntity, tenantId),
    );
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createMember',
    summary: 'Lets a member of a tenant in; a service is given a client id',
    permission: 'members:write',
    body: MemberDraft,
    answer: MemberView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<MemberDraft>): Promise<Answer> {
    return this.resources.create(call, kindOf(call), async (manager) => {
      const tenant = await holdParent<TenantEntity>(manager, TenantEntity, call.params['id']!);
      return { tenantId: tenant.id };
    });
  }

  @Operation({
    method: 'GET',
    path: ':memberId',
    operationId: 'getMember',
    summary: 'Reads a member of a tenant',
    permission: 'members:read',
    answer: MemberView,
  })
  get(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, kindOf(call), within(call));
  }

  @Operation({
    method: 'PATCH',
    path: ':memberId',
    operationId: 'patchMember',
    summary: 'Changes a member of a tenant by a merge-patch; the last Administrator stays one',
    permission: 'members:write',
    body: MergePatch,
    answer: MemberView,
    ifMatch: true,
  })
  patch(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.patch(call, kindOf(call), within(call));
  }

  @Operation({
    method: 'DELETE',
    path: ':memberId',
    operationId: 'deleteMember',
    summary: 'Deletes a member of a tenant; the last Administrator stays',
    permission: 'members:write',
    status: 204,
    ifMatch: true,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.remove(call, kindOf(call), within(call));
  }
}

function kindOf({ params }: AdminCall): ReturnType<typeof membersOf> {
  return membersOf(params['id']!);
}

function within({ params }: AdminCall): FindOptionsWhere<MemberEntity> {
  return { id: params['memberId']!, tenantId: params['id']! };
}
