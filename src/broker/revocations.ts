import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BrokerStore } from './broker-store.js';

/** Longer than any token lives, whichever is written first: the token, or that it is revoked. */
const TTL_SECONDS = 360;

/**
 * The `jti` of the one token that a grant gives: known from the grant, so that nothing has to be kept beside it.
 * A grant's id is 256 bits and never leaves us.
 */
export function tokenIdOf(grantId: string): string {
  return createHash('sha256').update(`jti|${grantId}`).digest('base64url');
}

/** Tokens that may not be spent any more, for every process that spends one. */
@Injectable()
export class Revocations {
  constructor(private readonly store: BrokerStore) {}

  async revokeTokenOf(grantId: string): Promise<void> {
    await this.store.query(
      `INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT DO NOTHING`,
      [tokenIdOf(grantId), TTL_SECONDS],
    );
  }
}
