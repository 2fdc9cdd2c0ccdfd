import {
  JWTPayload,
  JWTVerifyOptions,
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  jwtVerify,
} from 'jose';
import { Application } from '../tenants/snapshot.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

type Keys = ReturnType<typeof createLocalJWKSet>;

/** A snapshot's applications are never changed: with another key comes another object. */
const known = new WeakMap<Application, Keys>();

function keysOf(application: Application): Keys {
  const keys = known.get(application) ?? createLocalJWKSet(application.jwks);
  known.set(application, keys);
  return keys;
}

/**
 * What an application has signed, by any of its keys: without a `kid` each that fits is tried, as it must be
 * while keys are being changed.
 * @throws JOSEError
 */
export async function verifiedBy(
  application: Application,
  jwt: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  // We understand none, not even the `b64` that the library would take: it has no place in a JWT (RFC 7797 §7).
  if (decodeProtectedHeader(jwt).crit !== undefined) throw new errors.JWTInvalid('crit');
  const asked = { ...options, algorithms: [...SIGNING_ALGORITHMS] };
  try {
    return (await jwtVerify(jwt, keysOf(application), asked)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const verified = await jwtVerify(jwt, key, asked).catch((cause: unknown) => {
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw cause;
      });
      if (verified) return verified.payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}
