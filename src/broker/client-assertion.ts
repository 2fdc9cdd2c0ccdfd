import { decodeJwt, decodeProtectedHeader } from 'jose';
import { JsonValue, errors } from 'oidc-provider';

const MAX_LIFETIME_SECONDS = 300;

/**
 * Client authentication is never optional (ICM r4.2, appendix A): none, or none that can be read, is 401.
 * @param body the form body of a POST
 * @throws InvalidClientAuth
 */
export function requireClientAssertion(body: string): void {
  const assertions = new URLSearchParams(body).getAll('client_assertion');
  if (assertions.length === 0) throw new errors.InvalidClientAuth('no client authentication');
  // Twice the same parameter is another error, which the library reports.
  if (assertions.length > 1) return;
  let critical: boolean;
  try {
    decodeJwt(assertions[0]!);
    critical = decodeProtectedHeader(assertions[0]!).crit !== undefined;
  } catch (cause) {
    throw new errors.InvalidClientAuth({ cause });
  }
  // We understand none, not even the `b64` that the library would take: it has no place in a JWT (RFC 7797 §7).
  if (critical) throw new errors.InvalidClientAuth('crit names what is not understood');
}

/**
 * The time rules of ICM r4.2, "Client Authentication", and one audience only: an assertion that names several
 * could be replayed at one of them by another.
 * @param nowSeconds seconds since the epoch
 * @throws InvalidClientAuth
 */
export function checkAssertion(claims: Record<string, JsonValue>, nowSeconds = epochSeconds()): void {
  const { aud, exp, iat } = claims;
  if (typeof aud !== 'string') throw new errors.InvalidClientAuth('aud must be one string');
  if (typeof exp !== 'number' || exp > nowSeconds + MAX_LIFETIME_SECONDS) {
    throw new errors.InvalidClientAuth('exp is too far ahead');
  }
  if (iat === undefined) return;
  if (typeof iat !== 'number' || iat > nowSeconds) throw new errors.InvalidClientAuth('iat is in the future');
  if (exp - iat > MAX_LIFETIME_SECONDS) throw new errors.InvalidClientAuth('the assertion lives too long');
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
