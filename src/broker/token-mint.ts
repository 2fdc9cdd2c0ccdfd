import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Grants } from '../grants/grants.js';
import { Order } from './orders.js';
import { MAX_LIFETIME_SECONDS, secondsLeft } from './token-rules.js';
import { UpstreamSession } from './upstream-sessions.js';

/** RFC 6749 §5.1; never a refresh token, and nothing of OpenID Connect. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds, 1 to 300. */
  readonly expires_in: number;
  readonly scope: string;
}

/** What goes into one access token. */
export interface Minting {
  readonly clientId: string;
  readonly order: Order;
  /** What the application has proved itself with, if it has a name. */
  readonly credential: string | undefined;
  /** Pairwise. */
  readonly subject: string;
  readonly session: UpstreamSession;
}

/** Our access tokens where no code stands before them: the same as those of the code flow. */
@Injectable()
export class TokenMint {
  constructor(private readonly grants: Grants) {}

  /** @throws InvalidGrant when the operator's token is about to end */
  mint({ clientId, order, credential, subject, session }: Minting): TokenAnswer {
    const lifetime = Math.min(MAX_LIFETIME_SECONDS, secondsLeft(session));
    if (lifetime <= 0) throw new errors.InvalidGrant('the operator token is about to end');
    const issuedAt = Math.floor(Date.now() / 1000);
    const access_token = this.grants.seal({
      ...session,
      ...(credential !== undefined && { credential }),
      clientId,
      scopes: order.scopes,
      subject,
      jti: randomUUID(),
      issuedAt,
      expiresAt: issuedAt + lifetime,
    });
    const scope = [order.purpose, ...order.scopes].join(' ');
    return { access_token, token_type: 'Bearer', expires_in: lifetime, scope };
  }
}
