import { KeyObject, createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { Key, SigningUse } from './key.js';
import { KeyRing } from './key-ring.js';

export interface SigningKey {
  readonly kid: string;
  readonly alg: 'ES256';
  readonly privateKey: KeyObject;
  /** With kid, use and alg. Secret. */
  readonly privateJwk: JWK;
}

/** Our ES256 keys: one set for our own issuer, one per operator, so that no operator can replay us at another. */
export class SigningKeys {
  constructor(private readonly ring: KeyRing) {}

  /** Makes what is missing; to be called at boot for every use. */
  ensure(uses: readonly SigningUse[]): Promise<void> {
    return this.ring.ensure(uses);
  }

  /** @throws Error when the use was never ensured */
  current(use: SigningUse): SigningKey {
    const key = this.ring.newest(use);
    return {
      kid: key.kid,
      alg: 'ES256',
      privateKey: key.key,
      // Exported only when read: that takes longer than a signature.
      get privateJwk() {
        return jwk(key, key.key);
      },
    };
  }

  /** The public set (RFC 7517): the key in use first, then older ones and those to come. */
  jwks(use: SigningUse): { keys: JWK[] } {
    return { keys: this.ring.all(use).map((key) => jwk(key, createPublicKey(key.key))) };
  }

  /** The same set with its private halves, for a library that signs by itself. Secret. */
  privateJwks(use: SigningUse): { keys: JWK[] } {
    return { keys: this.ring.all(use).map((key) => jwk(key, key.key)) };
  }
}

function jwk({ kid, alg }: Key, key: KeyObject): JWK {
  return { ...key.export({ format: 'jwk' }), kid, use: 'sig', alg };
}
