import { KeyObject, createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';

/** Keys that sign toward the outside: our own id_tokens, and our assertions at one operator. */
export type SigningUse = 'oidc' | `operator:${string}`;
/** Keys that seal what is stored: for minutes, or for years. */
export type SealingUse = 'at-rest' | 'vault';
export type KeyUse = 'access-token' | SealingUse | 'subject' | 'pepper' | 'audit' | SigningUse;
export type KeyAlgorithm = 'A256GCM' | 'ES256';

export interface Key {
  readonly kid: string;
  readonly use: KeyUse;
  readonly alg: KeyAlgorithm;
  /** Secret key of 32 bytes, or private key on P-256. */
  readonly key: KeyObject;
  /** Before that moment the key opens and is published, but seals nothing. */
  readonly activeFromMs: number;
  /** From that moment on it does not exist; undefined: no end. */
  readonly retiredAtMs: number | undefined;
}

export function algorithmOf(use: KeyUse): KeyAlgorithm {
  return use === 'oidc' || use.startsWith('operator:') ? 'ES256' : 'A256GCM';
}

/** A fresh key as it is kept inside its seal: raw bytes, or PKCS #8. */
export function generateMaterial(alg: KeyAlgorithm): Buffer {
  if (alg === 'A256GCM') return randomBytes(32);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}

export function importMaterial(alg: KeyAlgorithm, material: Buffer): KeyObject {
  return alg === 'A256GCM'
    ? createSecretKey(material)
    : createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
}
