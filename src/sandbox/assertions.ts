import { KeyObject } from 'node:crypto';
import { createRemoteJWKSet, JWTPayload, jwtVerify, JWTVerifyGetKey } from 'jose';
import { Operator } from '../operators/operator.js';

/** Clocks of two machines may differ by so much. */
const SKEW_SECONDS = 5;

/** ICM r4.2: what the gateway may sign with. */
export const ALGORITHMS = ['ES256', 'PS256', 'RS256'];

/** Where one operator stands that checks what the gateway has signed. */
export interface Surroundings {
  readonly operator: Operator;
  readonly issuer: () => string;
  readonly gatewayUrl: () => string;
  readonly clock: () => number;
}

/** The gateway's keys for this operator, fetched when first needed: its address is not known before it listens. */
export function gatewayKeys({ operator, gatewayUrl }: Surroundings): () => JWTVerifyGetKey {
  let from: string | undefined;
  let keys: JWTVerifyGetKey;
  return () => {
    const url = `${gatewayUrl()}/upstream/${operator.id}/jwks`;
    if (url !== from)
      keys = createRemoteJWKSet(new URL(url), { cooldownDuration: 1_000, timeoutDuration: 2_000 });
    from = url;
    return keys;
  };
}

/** @returns the claims when signature, `exp`, `iat` and `jti` are in order; undefined otherwise */
export async function verified(
  jwt: string,
  key: JWTVerifyGetKey | (() => Promise<KeyObject>),
  algorithms: string[],
  clock: () => number,
): Promise<JWTPayload | undefined> {
  try {
    const currentDate = new Date(clock());
    const options = {
      algorithms,
      currentDate,
      clockTolerance: SKEW_SECONDS,
      requiredClaims: ['exp', 'iat', 'jti'],
    };
    return (await jwtVerify(jwt, key as JWTVerifyGetKey, options)).payload;
  } catch {
    return undefined;
  }
}

/** ICM r4.2: neither `exp − iat` nor what is left of it may be longer. */
export function livesAtMost({ exp, iat }: JWTPayload, seconds: number, clock: () => number): boolean {
  return exp! - iat! <= seconds && exp! <= clock() / 1000 + seconds + SKEW_SECONDS;
}
