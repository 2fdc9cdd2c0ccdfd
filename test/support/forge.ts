import { KeyObject, createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JWK } from 'jose';

type Json = Record<string, unknown>;

/** A JWT that would be accepted, as parts: what a mutant is made of. */
export interface GoodJwt {
  readonly header: Readonly<Json>;
  /** Made anew for each mutant: times of now, a jti of its own. */
  claims(): Json;
  readonly key: KeyObject;
  readonly publicJwk: JWK;
  /** What `aud` must not be mistaken for: URLs near the right one come from these. */
  readonly audience: string;
  /** Values of further claims that must not be accepted. */
  readonly wrong: Readonly<Record<string, readonly unknown[]>>;
}

/** A key pair that nobody has registered. */
export const STRANGER = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export function privateKey(jwk: JWK): KeyObject {
  return createPrivateKey({ key: { ...jwk }, format: 'jwk' });
}

/** @param payload an object, or the very text to be signed */
export function es256(header: Readonly<Json>, payload: unknown, key: KeyObject): string {
  const signed = signingInput(header, payload);
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** @param bits of the hash: HS256, HS384, HS512 */
export function hmac(header: Readonly<Json>, payload: unknown, secret: string | Buffer, bits = 256): string {
  const signed = signingInput({ ...header, alg: `HS${bits}` }, payload);
  return `${signed}.${createHmac(`sha${bits}`, secret).update(signed).digest('base64url')}`;
}

export function signingInput(header: unknown, payload: unknown): string {
  return `${encode(header)}.${encode(payload)}`;
}

function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}
