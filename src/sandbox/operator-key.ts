import { randomUUID } from 'node:crypto';
import { CryptoKey, exportJWK, generateKeyPair, JWK } from 'jose';

/** What an operator signs its id_tokens with; new with every start of the sandbox. */
export interface OperatorKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Not in {@link jwks}: for id_tokens that must be refused. */
  readonly foreign: CryptoKey;
  readonly jwks: { readonly keys: readonly JWK[] };
}

export async function createOperatorKey(): Promise<OperatorKey> {
  const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const kid = randomUUID();
  const jwk = { ...(await exportJWK(own.publicKey)), kid, alg: 'ES256', use: 'sig' };
  return { kid, privateKey: own.privateKey, foreign: foreign.privateKey, jwks: { keys: [jwk] } };
}
