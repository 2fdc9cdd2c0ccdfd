import { Inject, Injectable } from '@nestjs/common';
import { ISSUER } from '../contract/issuer.js';
import type { Member } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { AdminClaims } from './admin-token.strategy.js';
import { Principal, READ_SCOPE, WRITE_SCOPE } from './principal.js';

/** Members as principals, read from the snapshot at every request: what was taken away is gone at once. */
@Injectable()
export class Principals {
  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    private readonly tenants: Tenants,
  ) {}

  /**
   * @param asked X-Tenant-Id: in which of several tenants a person acts; the partner's membership goes first
   * @returns undefined when nobody of that name may use the admin API
   */
  of(claims: AdminClaims, asked: string | string[] | undefined): Principal | undefined {
    if (claims.iss === this.issuer) {
      const member = this.tenants.memberById(claims.sub);
      const theirs = member?.kind === 'service' && member.clientId === claims.client_id;
      return theirs ? principalOf(member, (claims.scope ?? '').split(' ')) : undefined;
    }
    const members = this.tenants.membersBySubject(claims.sub);
    const member = asked
      ? members.find(({ tenantId }) => tenantId === asked)
      : (members.find(({ tenantId }) => tenantId === null) ?? members[0]);
    return member && principalOf(member, [READ_SCOPE, WRITE_SCOPE]);
  }
}

function principalOf(
  { kind, id, displayName, tenantId, roles }: Member,
  scopes: readonly string[],
): Principal {
  return { type: kind, id, display: displayName, tenantId, roles, scopes };
}
