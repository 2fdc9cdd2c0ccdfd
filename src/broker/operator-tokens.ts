import { Injectable } from '@nestjs/common';
import {
  Configuration,
  TokenEndpointResponse,
  TokenEndpointResponseHelpers,
  authorizationCodeGrant,
} from 'openid-client';
import { Operator } from '../operators/operator.js';
import { Problem } from '../contract/problem.js';
import { Metrics } from '../telemetry/metrics.js';
import { Chosen } from './operator-choice.js';
import { OperatorClients, readsIdTokens } from './operator-clients.js';
import { OperatorKeys } from './operator-keys.js';
import { Transaction } from './transactions.js';
import { lifetimeOf } from './token-answer.js';

/** The device waits in its redirect chain, with a socket timeout of its own (5 s in a common SDK). */
const DEADLINE_MS = 2_500;

/** Inside our own token it must still fit the header limits of common proxies (8 KiB). */
export const MAX_TOKEN_LENGTH = 4_500;

/** What an operator says of the device it has just authenticated. */
export interface OperatorToken {
  /** Secret. */
  readonly token: string;
  /** Seconds since the epoch. */
  readonly endsAt: number;
  readonly amr: readonly string[];
  /** The operator's subject; undefined when it gave no id_token. */
  readonly subject: string | undefined;
}

/** Exchanges operators' codes for their tokens. */
@Injectable()
export class OperatorTokens {
  constructor(
    private readonly clients: OperatorClients,
    private readonly keys: OperatorKeys,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Checks state, `iss` (RFC 9207) and PKCE, exchanges the code, verifies the id_token with its signature.
   * @param callback the URL our callback was called by, as the operator knows it
   * @throws AuthorizationResponseError | ResponseBodyError | ClientError | TypeError | Problem operatorTimeout
   */
  async redeem(
    { operator, registration }: Chosen,
    transaction: Transaction,
    callback: URL,
  ): Promise<OperatorToken> {
    const startedAtMs = performance.now();
    try {
      return await withinDeadline(
        this.clients
          .of(operator, registration)
          .then((client) => exchange(client, operator, transaction, callback, this.keys)),
      );
    } finally {
      this.metrics.broker.exchanged(operator.id, (performance.now() - startedAtMs) / 1000);
    }
  }
}

async function exchange(
  client: Configuration,
  operator: Operator,
  { nonce, codeVerifier }: Transaction,
  callback: URL,
  keys: OperatorKeys,
): Promise<OperatorToken> {
  const askedAtMs = Date.now();
  const idTokenExpected = readsIdTokens(operator, client.serverMetadata());
  const answer = await authorizationCodeGrant(client, callback, {
    expectedState: callback.searchParams.get('state')!,
    idTokenExpected,
    ...(codeVerifier && { pkceCodeVerifier: codeVerifier }),
    ...(nonce && idTokenExpected && { expectedNonce: nonce }),
  });
  await keys.verify(operator, client.serverMetadata(), answer.id_token);
  return tokenIn(answer, askedAtMs);
}

/**
 * What a token answer of an operator holds for us; its id_token has been verified.
 * @param askedAtMs when it was asked for: the token lives no longer than counted from there
 * @throws Problem operatorMisbehaved
 */
export function tokenIn(
  answer: TokenEndpointResponse & TokenEndpointResponseHelpers,
  askedAtMs: number,
): OperatorToken {
  if (answer.access_token.length > MAX_TOKEN_LENGTH) {
    throw new Problem('operatorMisbehaved', { detail: 'token too long' });
  }
  const claims = answer.claims();
  return {
    token: answer.access_token,
    endsAt: Math.floor(askedAtMs / 1000) + lifetimeOf(answer.expires_in),
    amr: methodsIn(claims?.['amr']),
    subject: claims?.sub,
  };
}

/** RFC 8176: an array of strings; some operators send one string. */
function methodsIn(amr: unknown): string[] {
  return [amr ?? []].flat().filter((method) => typeof method === 'string');
}

/** @throws Problem operatorTimeout after 2.5 s; the work is not waited for any longer */
export async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem('operatorTimeout', { detail: 'sign-in' })), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
