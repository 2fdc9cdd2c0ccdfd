import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BrokerStore } from './broker-store.js';

/** Longer than any token lives, whichever is written first: the token, or that it is revoked. */
const TTL_SECONDS = 360;
const MOST_PENDING = 10_000;

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
  /** Not written yet: Postgres was away. */
  private readonly pending: string[] = [];

  constructor(private readonly store: BrokerStore) {
    store.onReturn(() => this.writePending());
  }

  async revokeTokenOf(grantId: string): Promise<void> {
    const tokenId = tokenIdOf(grantId);
    await this.store.orHere(
      () => this.write([tokenId]),
      () => {
        if (this.pending.length < MOST_PENDING) this.pending.push(tokenId);
      },
    );
  }

  private async writePending(): Promise<void> {
    const tokenIds = this.pending.splice(0);
    if (tokenIds.length > 0) await this.write(tokenIds);
  }

  private async write(tokenIds: readonly string[]): Promise<void> {
    await this.store.query(
      `INSERT INTO revoked_tokens (jti, expires_at)
       SELECT jti, now() + make_interval(secs => $2) FROM unnest($1::text[]) jti ON CONFLICT DO NOTHING`,
      [tokenIds, TTL_SECONDS],
    );
  }
}
