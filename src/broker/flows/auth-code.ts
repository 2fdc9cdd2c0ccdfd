import { Inject, Injectable } from '@nestjs/common';
import { calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier } from 'openid-client';
import { ISSUER } from '../../contract/issuer.js';
import { ClientAddress } from '../../routing/client-address.js';
import { requireMobileAuthentication } from '../amr.js';
import { callbackUrl, operatorAuthorizeUrl, phoneNumberIn } from '../operator-authorize-url.js';
import { continueSpan, currentSpan } from '../../telemetry/spans.js';
import { OperatorChoice } from '../operator-choice.js';
import { OperatorClients } from '../operator-clients.js';
import { OperatorTokens } from '../operator-tokens.js';
import { Order } from '../orders.js';
import { operatorScope } from '../scopes.js';
import { Subjects } from '../subjects.js';
import { Arrival, Transaction, Transactions } from '../transactions.js';
import { UpstreamSession } from '../upstream-sessions.js';
import { NamedOperator } from '../wish.js';

/** An authorization request that has passed every check of its own. */
export interface SignIn {
  readonly order: Order;
  /** As the ASP gave it; says something only where the address does not. */
  readonly loginHint: string | undefined;
  readonly namedOperator: NamedOperator;
  /** Where the device's request came from. */
  readonly from: ClientAddress | undefined;
  readonly interactionUid: string;
}

/** The operator has authenticated the device. */
export interface SignedIn {
  /** Pairwise. */
  readonly subject: string;
  readonly session: UpstreamSession;
}

/**
 * Authorization code with network-based authentication (ICM r4.2; NV 2.1.1): the device is sent to its
 * operator, which answers our callback; the operator's code is exchanged there and then, so that whatever
 * fails goes back to the ASP on the redirect, before there is a code of ours.
 */
@Injectable()
export class AuthCodeFlow {
  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    private readonly choice: OperatorChoice,
    private readonly clients: OperatorClients,
    private readonly transactions: Transactions,
    private readonly tokens: OperatorTokens,
    private readonly subjects: Subjects,
  ) {}

  /**
   * Hop 1: which operator, as whom, and with what.
   * @returns the operator's authorize URL, where to send the device
   * @throws AccessDenied when no operator serves the device, or not this application
   */
  async begin({ order, loginHint, namedOperator, from, interactionUid }: SignIn): Promise<string> {
    const { operator, registration, rule } = await this.choice.by(
      { ...namedOperator, ...from, phoneNumber: phoneNumberIn(loginHint) },
      'authorization_code',
      order,
    );
    const client = await this.clients.of(operator, registration);
    const codeVerifier = operator.auth.pkce ? randomPKCECodeVerifier() : undefined;
    const nonce = operator.auth.nonce ? randomNonce() : undefined;
    const path = { operatorId: operator.id, registrationId: registration.id };
    const span = currentSpan();
    const state = await this.transactions.open({
      ...path,
      interactionUid,
      order,
      nonce,
      codeVerifier,
      rule,
      span,
    });
    return operatorAuthorizeUrl(client, operator, {
      redirectUri: callbackUrl(this.issuer, path),
      scope: operatorScope(operator, order),
      state,
      nonce,
      codeChallenge: codeVerifier && (await calculatePKCECodeChallenge(codeVerifier)),
      loginHint,
    });
  }

  /** Hop 2, first half: whose answer is this? @returns undefined for a state that is not, or no longer, ours */
  take(arrival: Arrival): Promise<Transaction | undefined> {
    return this.transactions.take(arrival);
  }

  /**
   * Hop 2, second half: the operator's answer becomes a token, or the reason why not.
   * @param query of the callback, as it came
   * @throws whatever refusalFor can read
   */
  async finish(transaction: Transaction, query: string): Promise<SignedIn> {
    continueSpan(transaction.span);
    const chosen = this.choice.again(transaction);
    const callback = new URL(callbackUrl(this.issuer, transaction) + query);
    const { token, endsAt, amr, subject } = await this.tokens.redeem(chosen, transaction, callback);
    requireMobileAuthentication(amr, chosen.operator.auth);
    const { order, operatorId, registrationId, rule } = transaction;
    const { tenantId, applicationId, subscriptionId, purpose } = order;
    const client = { tenantId, applicationId, subscriptionId, purpose };
    return {
      subject: this.subjects.of(tenantId, operatorId, subject),
      session: {
        ...client,
        operatorId,
        registrationId,
        amr,
        operatorToken: token,
        endsAt,
        rule,
        span: currentSpan(),
      },
    };
  }
}
