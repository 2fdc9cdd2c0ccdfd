import {
  JSONWebKeySet,
  JWK,
  JWTPayload,
  JWTVerifyOptions,
  compactVerify,
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  jwtVerify,
} from 'jose';
import { Application } from '../tenants/snapshot.js';
import { Proof, keyProof } from './proof.js';
import { RemoteKeys } from './remote-keys.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

/** Whose keys lie with us, or where they publish them. */
export type KeyHolder = Pick<Application, 'jwks' | 'jwksUri'>;

export interface Verified {
  readonly payload: JWTPayload;
  readonly proof: Proof;
}

type Resolver = ReturnType<typeof createLocalJWKSet>;

/** The keys of applications: one source for whatever they sign, be it for us or for the library to verify. */
export class ApplicationKeys {
  /** Sets are never changed: with another key comes another object. */
  private readonly resolvers = new WeakMap<JWK, Resolver>();

  constructor(private readonly remote: Pick<RemoteKeys, 'of'>) {}

  /** @param kid of the signature at hand, for which a published set may have to be read again */
  async of({ jwks, jwksUri }: KeyHolder, kid?: string): Promise<JSONWebKeySet> {
    return jwksUri === null ? jwks : this.remote.of(jwksUri, kid);
  }

  /**
   * What an application has signed, by any of its keys: without a `kid` each that fits is tried, as it must be
   * while keys are being changed.
   * @throws JOSEError
   */
  async verify(holder: KeyHolder, jwt: string, options: JWTVerifyOptions): Promise<Verified> {
    const asked = { ...options, algorithms: [...SIGNING_ALGORITHMS] };
    const { result, proof } = await this.byAny(holder, jwt, (key) => jwtVerify(jwt, key, asked));
    return { payload: result.payload, proof };
  }

  /**
   * By which key something was signed.
   * @throws JOSEError when by none of them
   */
  async proofOf(holder: KeyHolder, jws: string): Promise<Proof> {
    const { kid } = decodeProtectedHeader(jws);
    if (kid !== undefined && (await this.of(holder)).keys.every((key) => key.kid !== kid)) {
      throw new errors.JWKSNoMatchingKey();
    }
    return kid === undefined
      ? (await this.byAny(holder, jws, (key) => compactVerify(jws, key))).proof
      : keyProof(kid);
  }

  private async byAny<T>(
    holder: KeyHolder,
    jws: string,
    check: (key: Resolver) => Promise<T>,
  ): Promise<{ result: T; proof: Proof }> {
    const { kid, crit } = decodeProtectedHeader(jws);
    // We understand none, not even the `b64` that the library would take: it has no place in a JWT (RFC 7797 §7).
    if (crit !== undefined) throw new errors.JWTInvalid('crit');
    const { keys } = await this.of(holder, kid);
    for (const key of keys) {
      if (kid !== undefined && key.kid !== kid) continue;
      const result = await check(this.resolver(key)).catch((error: unknown) => {
        if (!isAnothers(error)) throw error;
      });
      if (result) return { result, proof: keyProof(key.kid) };
    }
    throw new errors.JWSSignatureVerificationFailed();
  }

  private resolver(key: JWK): Resolver {
    const known = this.resolvers.get(key) ?? createLocalJWKSet({ keys: [key] });
    this.resolvers.set(key, known);
    return known;
  }
}

/** Says only that it was not this key. */
function isAnothers(error: unknown): boolean {
  return error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey;
}
