import type { Role } from '../tenants/member.entity.js';

/** OAuth scopes of the admin API. */
export const READ_SCOPE = 'admin:read';
export const WRITE_SCOPE = 'admin:write';

/** Who is asking, in the one capacity in which they ask. */
export interface Principal {
  readonly type: 'service' | 'person' | 'system';
  /** Of the member. */
  readonly id: string;
  readonly display: string;
  /** null: of the partner. */
  readonly tenantId: string | null;
  readonly roles: readonly Role[];
  readonly scopes: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard of the admin API. */
    principal: Principal | undefined;
  }
}
