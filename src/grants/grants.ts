import { KeyObject } from 'node:crypto';
import { Grant } from '../contract/grant.js';
import { numberVerificationAudience } from '../contract/issuer.js';
import { ApiScope } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { AuthFailure } from '../telemetry/labels.js';
import { Metrics } from '../telemetry/metrics.js';
import { continueSpan } from '../telemetry/spans.js';
import { Claims, MAX_LIFETIME_SECONDS, toClaims, toGrant } from './claims.js';
import { openJwe, sealJwe, splitJwe } from './jwe.js';
import { ProtectedHeaders } from './protected-headers.js';
import { KeyRing } from './key-ring.js';

/** Longer ones would not pass the header limits of common proxies (8 KiB). */
export const MAX_TOKEN_LENGTH = 7_900;
/** Tokens are made by any of our processes: their clocks may differ by this much. */
const CLOCK_SKEW_SECONDS = 2;
const BEARER = /^bearer +/i;

/** Seals a grant into an access token, and opens the token again: a compact JWE, `dir` with A256GCM. */
export class Grants {
  private readonly audience: string;
  private readonly headers: ProtectedHeaders;

  /**
   * @param issuer our API root, without trailing slash
   * @param clock milliseconds since the epoch
   */
  constructor(
    private readonly ring: KeyRing,
    private readonly issuer: string,
    private readonly metrics: Metrics,
    private readonly clock: () => number = Date.now,
  ) {
    this.audience = numberVerificationAudience(issuer);
    this.headers = new ProtectedHeaders({ iss: issuer, aud: this.audience });
  }

  /**
   * Opens the token of one call; synchronous and without I/O.
   * @param authorization the whole header, `Bearer <token>` (RFC 6750 §2.1)
   * @param scope what the operation demands
   * @throws Problem tokenInvalid | permissionDenied
   */
  open(authorization: string | undefined, scope: ApiScope): Grant {
    const claims = this.decrypt(this.bearer(authorization));
    continueSpan(claims.span);
    const now = this.clock() / 1000;
    const { iss, aud, iat, exp } = claims;
    if (iss !== this.issuer || aud !== this.audience) throw this.refused('malformed', 'foreign token');
    if (iat > now + CLOCK_SKEW_SECONDS) throw this.refused('malformed', 'issued in the future');
    if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) throw this.refused('malformed', 'lifetime');
    if (exp <= now) throw this.refused('expired', 'expired');
    const grant = toGrant(claims);
    if (!grant.scopes.includes(scope)) {
      this.metrics.credentials.refused('data', 'scope');
      throw new Problem('permissionDenied', { detail: 'scope not granted' });
    }
    return grant;
  }

  /**
   * @returns the access token
   * @throws RangeError when it would live for more than 300 s or not fit a header
   */
  seal(grant: Grant): string {
    const lifetime = grant.expiresAt - grant.issuedAt;
    if (!(lifetime > 0 && lifetime <= MAX_LIFETIME_SECONDS)) {
      throw new RangeError(`an access token lives for 1 to ${MAX_LIFETIME_SECONDS} s, not ${lifetime}`);
    }
    const { alg, enc, kid, key } = this.encryption();
    const header = { alg, enc, kid, iss: this.issuer, aud: this.audience, typ: 'at+jwt' };
    const token = sealJwe(header, JSON.stringify(toClaims(grant, this.issuer)), key);
    if (token.length > MAX_TOKEN_LENGTH) throw new RangeError('the operator token is too long for a header');
    return token;
  }

  /** How an authorization server must encrypt access tokens so that {@link open} takes them. */
  encryption(): { alg: 'dir'; enc: 'A256GCM'; kid: string; key: KeyObject } {
    const { kid, key } = this.ring.newest('access-token');
    return { alg: 'dir', enc: 'A256GCM', kid, key };
  }

  private bearer(authorization: string | undefined): string {
    if (!authorization) throw this.refused('missing', 'no Authorization header');
    const scheme = BEARER.exec(authorization)?.[0];
    if (!scheme) throw this.refused('malformed', 'not a bearer token');
    const token = authorization.slice(scheme.length);
    if (token.length > MAX_TOKEN_LENGTH) throw this.refused('malformed', 'too long');
    return token;
  }

  private decrypt(token: string): Claims {
    const jwe = splitJwe(token);
    const header = jwe && this.headers.read(jwe.header);
    if (!header) throw this.refused('malformed', 'not one of our tokens');
    const key = this.ring.find('access-token', header.kid);
    if (!key) throw this.refused('unknown_key', 'unknown key');
    const plain = openJwe(jwe, header.bytes, key.key);
    if (!plain) throw this.refused('bad_signature', 'does not open');
    this.headers.remember(jwe.header, header);
    const claims = readClaims(plain);
    if (!claims) throw this.refused('malformed', 'claims');
    return claims;
  }

  private refused(reason: AuthFailure, detail: string): Problem {
    this.metrics.credentials.refused('data', reason);
    return new Problem('tokenInvalid', { detail });
  }
}

function readClaims(plain: Buffer): Claims | undefined {
  try {
    return Claims.safeParse(JSON.parse(plain.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
