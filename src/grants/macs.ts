import { createHmac } from 'node:crypto';
import { KeyRing } from './key-ring.js';

/** What a code recognises: client secrets (`pepper`), or the audit trail as it was written (`audit`). */
export type MacUse = 'pepper' | 'audit';

/**
 * Keyed codes over what is kept in Postgres, so that a copy of the database alone proves and reveals nothing.
 * Their keys are never rotated: with another key nothing would be recognised any more.
 */
export class Macs {
  constructor(private readonly ring: KeyRing) {}

  /** @returns HMAC-SHA-256, 32 bytes */
  of(use: MacUse, data: Uint8Array): Buffer {
    return createHmac('sha256', this.ring.newest(use).key).update(data).digest();
  }
}
