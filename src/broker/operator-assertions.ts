import { randomUUID, sign } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { genericGrantRequest } from 'openid-client';
import { SigningKeys } from '../grants/signing-keys.js';
import { Metrics } from '../telemetry/metrics.js';
import { Chosen } from './operator-choice.js';
import { OperatorClients } from './operator-clients.js';
import { OperatorToken, tokenIn } from './operator-tokens.js';
import { JWT_BEARER, Order } from './orders.js';
import { operatorScope } from './scopes.js';

/** Operators refuse an `iat` in the future, and clocks differ. */
const BACKDATED_SECONDS = 10;
const LIFETIME_SECONDS = 60;

/** Redeems TS.43 tokens at operators: the JWT bearer flow (ICM r4.2), with us as the application. */
@Injectable()
export class OperatorAssertions {
  constructor(
    private readonly clients: OperatorClients,
    private readonly keys: SigningKeys,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Sent once, whatever comes of it: the subject's token is good for one use.
   * @param subject as the ASP gave it. Secret.
   * @throws ResponseBodyError | ClientError | TypeError, as {@link refusalFor} reads them
   */
  async redeem(chosen: Chosen, subject: string, order: Order): Promise<OperatorToken> {
    const { operator, registration } = chosen;
    const client = await this.clients.withoutProof(operator, registration);
    const assertion = this.assertion(chosen, client.serverMetadata(), subject, order);
    const startedAtMs = performance.now();
    const askedAtMs = Date.now();
    try {
      const answer = await genericGrantRequest(client, JWT_BEARER, { assertion });
      // The SIM's own token is what the operator has taken for the user's authentication.
      return { ...tokenIn(answer, askedAtMs), amr: ['sim'] };
    } finally {
      this.metrics.broker.exchanged(operator.id, (performance.now() - startedAtMs) / 1000);
    }
  }

  private assertion(
    { operator, registration }: Chosen,
    server: { issuer: string; token_endpoint?: string },
    subject: string,
    order: Order,
  ): string {
    const { kid, alg, privateKey } = this.keys.current(`operator:${operator.id}`);
    const { auth } = operator;
    const byIssuer = auth.client.method === 'private_key_jwt' && auth.client.audience === 'issuer';
    const issuedAt = Math.floor(Date.now() / 1000) - BACKDATED_SECONDS;
    // Without openid: an id_token says nothing here that the grant itself does not.
    const scope = operatorScope({ ...operator, auth: { ...auth, openid: false } }, order);
    const claims = {
      iss: registration.clientId,
      sub: subject,
      aud: byIssuer ? server.issuer : server.token_endpoint!,
      iat: issuedAt,
      exp: issuedAt + BACKDATED_SECONDS + LIFETIME_SECONDS,
      jti: randomUUID(),
      scope,
    };
    const signed = [{ alg, kid }, claims].map(base64url).join('.');
    // At once, on this thread: a job of its own costs more than the signature (RFC 7518 §3.4).
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}

function base64url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
