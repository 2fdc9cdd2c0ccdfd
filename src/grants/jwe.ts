import { KeyObject } from 'node:crypto';
import { decrypt, encrypt } from '../database/aes-gcm.js';

/** A compact JWE (RFC 7516 §7.1) with `dir`: its five parts, still in base64url; the second is empty. */
export interface CompactJwe {
  header: string;
  iv: string;
  ciphertext: string;
  tag: string;
}

/** @returns undefined when these are not the five parts of a compact JWE with direct encryption */
export function splitJwe(token: string): CompactJwe | undefined {
  const parts = token.split('.', 6);
  const [header, encryptedKey, iv, ciphertext, tag] = parts;
  if (parts.length !== 5 || encryptedKey !== '' || !header || !iv || !ciphertext || !tag) return undefined;
  return { header, iv, ciphertext, tag };
}

/** @returns the payload; undefined when it is not exactly what was sealed with this key */
export function openJwe(jwe: CompactJwe, aad: Uint8Array, key: KeyObject): Buffer | undefined {
  const iv = decodeBase64url(jwe.iv);
  const ciphertext = decodeBase64url(jwe.ciphertext);
  const tag = decodeBase64url(jwe.tag);
  return iv && ciphertext && tag && decrypt(key, { iv, ciphertext, tag }, aad);
}

export function sealJwe(header: Readonly<Record<string, string>>, payload: string, key: KeyObject): string {
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
  const { iv, ciphertext, tag } = encrypt(key, Buffer.from(payload), Buffer.from(encoded, 'ascii'));
  return [encoded, '', ...[iv, ciphertext, tag].map((part) => part.toString('base64url'))].join('.');
}

/**
 * Strict base64url. Node's decoder skips foreign characters and ignores spare bits, so that many spellings
 * would be the same token; only the one spelling that encodes back to itself is taken.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
