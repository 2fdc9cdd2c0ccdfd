import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { errors } from 'oidc-provider';
import { ISSUER, adminAudience } from '../contract/issuer.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { Member } from '../tenants/snapshot.js';
import { TokenAnswer } from './token-mint.js';

/** What a service may ask for at the admin API; what it may then do there is a matter of its roles. */
const ADMIN_SCOPES = ['admin:read', 'admin:write'] as const;

const LIFETIME_SECONDS = 600;

/** Access tokens for the admin API (RFC 9068): signed by the key of our id_tokens, readable, good for many calls. */
@Injectable()
export class AdminTokens {
  private readonly audience: string;

  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    private readonly keys: SigningKeys,
  ) {
    this.audience = adminAudience(issuer);
  }

  /**
   * @param member who has proved to be that
   * @param scope as asked for
   * @throws InvalidRequest | InvalidScope
   */
  async issue({ id, clientId }: Member, scope: string | undefined): Promise<TokenAnswer> {
    const scopes = [...new Set((scope ?? '').split(' ').filter((name) => name !== ''))];
    if (scopes.length === 0) throw new errors.InvalidRequest('scope is required');
    if (!scopes.every((name) => (ADMIN_SCOPES as readonly string[]).includes(name))) {
      throw new errors.InvalidScope('only scopes of the admin API', scope!);
    }
    const granted = scopes.join(' ');
    const { kid, alg, privateKey } = this.keys.current('oidc');
    const issuedAt = Math.floor(Date.now() / 1000);
    const access_token = await new SignJWT({ client_id: clientId, scope: granted })
      .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
      .setIssuer(this.issuer)
      .setAudience(this.audience)
      .setSubject(id)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_SECONDS)
      .sign(privateKey);
    return { access_token, token_type: 'Bearer', expires_in: LIFETIME_SECONDS, scope: granted };
  }
}
