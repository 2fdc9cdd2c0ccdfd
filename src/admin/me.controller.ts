import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { PARTNER_ROLES, TENANT_ROLES } from '../tenants/member.entity.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { PERMISSIONS, Permission, reachOf } from './permissions.js';

const Me = z
  .object({
    id: z.uuid(),
    type: z.enum(['service', 'person']),
    displayName: z.string(),
    tenantId: z.uuid().nullable(),
    roles: z.array(z.enum([...PARTNER_ROLES, ...TENANT_ROLES])),
    scopes: z.array(z.string()),
    permissions: z.record(z.string(), z.enum(['all', 'own', 'own-test'])),
  })
  .meta({ id: 'Me' });

@Controller('admin/v1/me')
@AdminRoutes()
export class MeController {
  @Operation({
    method: 'GET',
    path: '',
    operationId: 'getMe',
    summary: 'Tells who is asking, and what they may do',
    permission: 'me:read',
    answer: Me,
  })
  me(@Call() { principal }: AdminCall): Answer {
    const { id, type, display, tenantId, roles, scopes } = principal;
    const permissions = (Object.keys(PERMISSIONS) as Permission[]).flatMap((permission) => {
      const reach = reachOf(permission, roles);
      return reach ? [[permission, reach] as const] : [];
    });
    const me = {
      id,
      type,
      displayName: display,
      tenantId,
      roles,
      scopes,
      permissions: Object.fromEntries(permissions),
    };
    return { status: 200, body: Me.parse(me) };
  }
}
