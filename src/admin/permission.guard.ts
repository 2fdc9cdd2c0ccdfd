import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { FastifyRequest } from 'fastify';
import { specOf } from './operation.js';
import { reachOf } from './permissions.js';
import { READ_SCOPE, WRITE_SCOPE } from './principal.js';
import { AdminRefusal } from './refusal.js';

/** May they? By role, and by what their token was asked for. Whose resource it is shows row-level security. */
@Injectable()
export class PermissionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
    const spec = specOf(context.getHandler());
    const scope = spec.method === 'GET' || spec.readsOnly ? READ_SCOPE : WRITE_SCOPE;
    if (!principal || !reachOf(spec.permission, principal.roles)) {
      throw new AdminRefusal('permissionDenied', {
        message: `This needs the permission ${spec.permission}.`,
      });
    }
    if (!principal.scopes.includes(scope)) {
      throw new AdminRefusal('permissionDenied', { message: `This needs a token with the scope ${scope}.` });
    }
    return true;
  }
}
