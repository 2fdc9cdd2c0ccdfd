import { calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier } from 'openid-client';
import { errors } from 'oidc-provider';
import { ClientAddress } from '../../routing/client-address.js';
import { Routing } from '../../routing/routing.js';
import { Operator } from '../../operators/operator.js';
import { Operators } from '../../operators/operators.js';
import { Registration } from '../../tenants/snapshot.js';
import { Tenants } from '../../tenants/tenants.js';
import { requireMobileAuthentication } from '../amr.js';
import { callbackUrl, operatorAuthorizeUrl, phoneNumberIn } from '../operator-authorize-url.js';
import { OperatorClients } from '../operator-clients.js';
import { OperatorTokens } from '../operator-tokens.js';
import { Order } from '../orders.js';
import { operatorScope } from '../scopes.js';
import { Subjects } from '../subjects.js';
import { Arrival, Transaction, Transactions } from '../transactions.js';
import { UpstreamSession } from '../upstream-sessions.js';

/** An authorization request that has passed every check of its own. */
export interface SignIn {
  readonly order: Order;
  readonly loginHint: string | undefined;
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

export interface AuthCodeParts {
  readonly issuer: string;
  readonly operators: Operators;
  readonly tenants: Tenants;
  readonly routing: Routing;
  readonly transactions: Transactions;
  readonly clients: OperatorClients;
  readonly tokens: OperatorTokens;
  readonly subjects: Subjects;
}

/**
 * Authorization code with network-based authentication (ICM r4.2; NV 2.1.1): the device is sent to its
 * operator, which answers our callback; the operator's code is exchanged there and then, so that whatever
 * fails goes back to the ASP on the redirect, before there is a code of ours.
 */
export class AuthCodeFlow {
  constructor(private readonly parts: AuthCodeParts) {}

  /**
   * Hop 1: which operator, as whom, and with what.
   * @returns the operator's authorize URL, where to send the device
   * @throws AccessDenied when no operator serves the device, or not this application
   */
  async begin({ order, loginHint, from, interactionUid }: SignIn): Promise<string> {
    const operator = this.operatorOf(from, loginHint);
    const registration = this.registrationAt(operator, order.applicationId);
    const client = await this.parts.clients.of(operator, registration);
    const { pkce, nonce: takesNonce } = operator.auth;
    const codeVerifier = pkce ? randomPKCECodeVerifier() : undefined;
    const nonce = takesNonce ? randomNonce() : undefined;
    const path = { operatorId: operator.id, registrationId: registration.id };
    const state = await this.parts.transactions.open({ ...path, interactionUid, order, nonce, codeVerifier });
    return operatorAuthorizeUrl(client, operator, {
      redirectUri: this.callback(path),
      scope: operatorScope(operator, order),
      state,
      nonce,
      codeChallenge: codeVerifier && (await calculatePKCECodeChallenge(codeVerifier)),
      loginHint,
    });
  }

  /** Hop 2, first half: whose answer is this? @returns undefined for a state that is not, or no longer, ours */
  take(arrival: Arrival): Promise<Transaction | undefined> {
    return this.parts.transactions.take(arrival);
  }

  /**
   * Hop 2, second half: the operator's answer becomes a token, or the reason why not.
   * @param query of the callback, as it came
   * @throws whatever refusalFor can read
   */
  async finish(transaction: Transaction, query: string): Promise<SignedIn> {
    const { order, operatorId } = transaction;
    const operator = this.parts.operators.require(operatorId);
    const registration = this.registrationAt(operator, order.applicationId);
    const callback = new URL(this.callback(transaction) + query);
    const { token, endsAt, amr, subject } = await this.parts.tokens.redeem(
      operator,
      registration,
      transaction,
      callback,
    );
    requireMobileAuthentication(amr, operator.auth.amr);
    const { tenantId, applicationId, subscriptionId, purpose } = order;
    return {
      subject: this.parts.subjects.of(tenantId, operatorId, subject),
      session: {
        ...{ tenantId, applicationId, subscriptionId, purpose, amr, endsAt },
        ...{ operatorId, registrationId: registration.id, operatorToken: token },
      },
    };
  }

  private operatorOf(from: ClientAddress | undefined, loginHint: string | undefined): Operator {
    const route = this.parts.routing.find({ ...from, phoneNumber: phoneNumberIn(loginHint) });
    if (!route) throw new errors.AccessDenied('operator_not_resolved');
    if (!route.operator.auth.flows.includes('authorization_code')) {
      throw new errors.AccessDenied('operator_without_this_flow');
    }
    return route.operator;
  }

  private registrationAt(operator: Operator, applicationId: string): Registration {
    const registration = this.parts.tenants.registration(operator.id, applicationId);
    if (!registration) throw new errors.AccessDenied('application_not_registered_at_operator');
    return registration;
  }

  private callback({ operatorId, registrationId }: Omit<Arrival, 'state'>): string {
    return callbackUrl(this.parts.issuer, operatorId, registrationId);
  }
}
