import { decodeBase64url } from './jwe.js';
import { decrypt, encrypt, pack, unpack } from './aes-gcm.js';
import { KeyRing } from './key-ring.js';

/**
 * Seals small secrets before they are stored: operators' tokens, PKCE verifiers. For at most 10 minutes: its
 * keys are rotated daily, and removed once nothing they sealed can be of use.
 */
export class Sealer {
  constructor(private readonly ring: KeyRing) {}

  /**
   * @param aad where it will be kept (`table|key`): it opens nowhere else
   * @returns `kid.base64url`
   */
  seal(plain: string, aad: string): string {
    const { kid, key } = this.ring.newest('at-rest');
    return `${kid}.${pack(encrypt(key, Buffer.from(plain), Buffer.from(aad))).toString('base64url')}`;
  }

  /** @throws Error when the key is gone, the place is another, or a byte has changed */
  open(sealed: string, aad: string): string {
    const dot = sealed.indexOf('.');
    const packed = decodeBase64url(sealed.slice(dot + 1));
    const key = this.ring.find('at-rest', sealed.slice(0, Math.max(0, dot)));
    const plain = packed && key && decrypt(key.key, unpack(packed), Buffer.from(aad));
    if (!plain)
      throw new Error(`a sealed secret does not open (${key ? 'changed or moved' : 'unknown key'})`);
    return plain.toString('utf8');
  }
}
