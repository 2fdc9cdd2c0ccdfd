import { KeyRing } from './key-ring.js';
import { openText, sealText } from './sealing.js';

/**
 * Seals secrets that are kept for years: what an application is given by an operator. Its keys may be rotated;
 * older ones keep opening, for as long as anything they sealed may lie in a row.
 */
export class Vault {
  constructor(private readonly ring: KeyRing) {}

  /**
   * @param aad where it will be kept (`table|id|column`): it opens nowhere else
   * @returns `kid.base64url`
   */
  seal(plain: string, aad: string): string {
    return sealText(this.ring, 'vault', plain, aad);
  }

  /** @throws Error when the key is gone, the place is another, or a byte has changed */
  open(sealed: string, aad: string): string {
    return openText(this.ring, 'vault', sealed, aad);
  }
}
