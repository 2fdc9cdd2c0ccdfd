import { createHmac } from 'node:crypto';
import { KeyRing } from './key-ring.js';

/**
 * Pairwise subjects (OpenID Connect Core §8.1): the same person is the same to one ASP, and says nothing to
 * another. Their key is never rotated, or every subject would change.
 */
export class Pseudonyms {
  constructor(private readonly ring: KeyRing) {}

  /** @param parts what tells one subject from all others; in this order */
  of(...parts: readonly string[]): string {
    const { key } = this.ring.newest('subject');
    return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
  }
}
