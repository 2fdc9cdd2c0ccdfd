import { KeyRing } from './key-ring.js';
import { openText, sealText } from './sealing.js';

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
    return sealText(this.ring, 'at-rest', plain, aad);
  }

  /** @throws Error when the key is gone, the place is another, or a byte has changed */
  open(sealed: string, aad: string): string {
    return openText(this.ring, 'at-rest', sealed, aad);
  }
}
