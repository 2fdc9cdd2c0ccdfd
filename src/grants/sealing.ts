import { decrypt, encrypt, pack, unpack } from '../database/aes-gcm.js';
import { decodeBase64url } from './jwe.js';
import { KeyRing } from './key-ring.js';
import { SealingUse } from './key.js';

/** @returns `kid.base64url`, sealed under the key of this use that is in force */
export function sealText(ring: KeyRing, use: SealingUse, plain: string, aad: string): string {
  const { kid, key } = ring.newest(use);
  return `${kid}.${pack(encrypt(key, Buffer.from(plain), Buffer.from(aad))).toString('base64url')}`;
}

/** @throws Error when the key is gone, the place is another, or a byte has changed */
export function openText(ring: KeyRing, use: SealingUse, sealed: string, aad: string): string {
  const dot = sealed.indexOf('.');
  const packed = decodeBase64url(sealed.slice(dot + 1));
  const key = ring.find(use, sealed.slice(0, Math.max(0, dot)));
  const plain = packed && key && decrypt(key.key, unpack(packed), Buffer.from(aad));
  if (!plain) throw new Error(`a sealed secret does not open (${key ? 'changed or moved' : 'unknown key'})`);
  return plain.toString('utf8');
}
