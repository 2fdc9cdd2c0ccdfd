import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { DirectGrant } from '../direct-tokens.js';
import { ExtensionParameters } from '../extension-parameters.js';
import { OneTime } from '../one-time.js';
import { OperatorChoice } from '../operator-choice.js';
import { MAX_TOKEN_LENGTH } from '../operator-tokens.js';
import { Orders, TOKEN_EXCHANGE } from '../orders.js';
import { canonicalScope } from '../scopes.js';
import { lifetimeOf } from '../token-answer.js';

export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** RFC 6750 §2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
/** Of delegation, which there is none of. */
const FOREIGN = ['actor_token', 'actor_token_type'] as const;

/**
 * Token exchange (RFC 8693) of an operator's token that the ASP has already: an extension of ours, off unless
 * the subscription has the grant type. Whose token it is, and how its user was authenticated, is only what the
 * operator will make of it; how long it lives is what the ASP says, and at most 300 s.
 */
@Injectable()
export class TokenExchangeFlow {
  constructor(
    private readonly orders: Orders,
    private readonly choice: OperatorChoice,
    private readonly oneTime: OneTime,
  ) {}

  /** @throws UnauthorizedClient | InvalidRequest | InvalidScope | AccessDenied | InvalidGrant | Problem */
  async open(clientId: string, given: ExtensionParameters): Promise<DirectGrant> {
    this.orders.requireAny(clientId, TOKEN_EXCHANGE);
    const { subject_token: token, scope, audience, expires_in } = required(given);
    const order = this.orders.require(clientId, canonicalScope(scope), TOKEN_EXCHANGE);
    const chosen = this.choice.at(audience, order);
    const endsAt = Math.floor(Date.now() / 1000) + lifetimeOf(expires_in);
    // One token of ours for one of the operator's; only its hash is kept, for longer than ours can live.
    const hash = createHash('sha256').update(token).digest('base64url');
    if (!(await this.oneTime.take('subject_token', audience, hash))) {
      throw new errors.InvalidGrant('the token was exchanged before');
    }
    return {
      clientId,
      order,
      chosen,
      redeem: () => Promise.resolve({ token, endsAt, amr: [], subject: undefined }),
    };
  }
}

type Required = Record<'subject_token' | 'scope' | 'audience' | 'expires_in', string>;

function required(given: ExtensionParameters): Required {
  const { subject_token, scope, audience, expires_in } = given;
  if (!subject_token || !scope || !audience || !expires_in) {
    throw new errors.InvalidRequest('subject_token, audience, scope and expires_in are required');
  }
  if (given.subject_token_type !== ACCESS_TOKEN_TYPE) {
    throw new errors.InvalidRequest(`subject_token_type must be ${ACCESS_TOKEN_TYPE}`);
  }
  if ((given.requested_token_type ?? ACCESS_TOKEN_TYPE) !== ACCESS_TOKEN_TYPE) {
    throw new errors.InvalidRequest(`requested_token_type can only be ${ACCESS_TOKEN_TYPE}`);
  }
  if (FOREIGN.some((name) => given[name] !== undefined)) {
    throw new errors.InvalidRequest('actors are not supported');
  }
  if (!/^[1-9]\d{0,8}$/.test(expires_in)) throw new errors.InvalidRequest('expires_in must be whole seconds');
  if (subject_token.length > MAX_TOKEN_LENGTH || !BEARER_TOKEN.test(subject_token)) {
    throw new errors.InvalidGrant('no token an operator could take');
  }
  return { subject_token, scope, audience, expires_in };
}
