import { KeyObject, createPublicKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ISSUER, adminAudience } from '../contract/issuer.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { ExternalIssuer } from './external-issuer.js';

/** What of a verified token the guard reads. */
export interface AdminClaims {
  readonly iss: string;
  readonly sub: string;
  readonly client_id?: string;
  readonly scope?: string;
}

type Done = (error: Error | null, key?: string) => void;

/**
 * Tokens of our own authorization server (RFC 9068), or of the external issuer that people sign in at. Which one is
 * decided by `iss`, and with it keys, algorithms and audience: neither can speak for the other.
 */
@Injectable()
export class AdminTokenStrategy extends PassportStrategy(Strategy, 'admin') {
  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    keys: SigningKeys,
    private readonly external: ExternalIssuer,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      algorithms: ['ES256', 'PS256', 'RS256'],
      issuer: [issuer, ...external.issuers],
      audience: [adminAudience(issuer), ...external.audiences],
      secretOrKeyProvider: (_request: unknown, raw: string, done: Done) => {
        // A KeyObject, which jsonwebtoken takes and its types do not know.
        // oxlint-disable-next-line promise/no-callback-in-promise -- the library knows callbacks only
        keyFor(raw, issuer, keys, external).then((key) => done(null, key as never), done);
      },
    });
  }

  /** @returns undefined, which is 401, for a token that mixes the two issuers */
  validate(claims: AdminClaims & { aud: string | string[] }): AdminClaims | undefined {
    const expected = claims.iss === this.issuer ? [adminAudience(this.issuer)] : this.external.audiences;
    const named = [claims.aud].flat();
    if (typeof claims.sub !== 'string' || !expected.some((one) => named.includes(one))) return undefined;
    return claims;
  }
}

async function keyFor(
  raw: string,
  issuer: string,
  keys: SigningKeys,
  external: ExternalIssuer,
): Promise<KeyObject> {
  const header = decodeProtectedHeader(raw);
  if (header.crit !== undefined) throw new Error('crit');
  const { iss } = decodeJwt(raw);
  if (iss !== issuer) return external.key(header, iss);
  if (header.alg !== 'ES256' || header.typ?.toLowerCase() !== 'at+jwt')
    throw new Error('not an access token');
  const jwk = keys.jwks('oidc').keys.find(({ kid }) => kid === header.kid);
  if (!jwk) throw new Error('unknown key');
  return createPublicKey({ key: jwk, format: 'jwk' });
}
