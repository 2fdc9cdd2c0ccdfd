import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { BearerAssertion, BearerAssertions, badAssertion } from '../bearer-assertions.js';
import { DirectGrant } from '../direct-tokens.js';
import { requireHint } from '../login-hint.js';
import { OneTime } from '../one-time.js';
import { OperatorAssertions } from '../operator-assertions.js';
import { OperatorChoice } from '../operator-choice.js';
import { JWT_BEARER, Order, Orders } from '../orders.js';
import { canonicalScope } from '../scopes.js';
import { TokenForm } from '../token-form.js';

/** Other ways to say who one is: the assertion is the client's authentication, and the only one. */
const OTHER_PROOFS = ['client_assertion', 'client_assertion_type', 'client_secret'];

/**
 * JWT bearer with a TS.43 token of the device (RFC 7523; ICM r4.2, "JWT Bearer Flow"; NV 2.1): the ASP signs for
 * the device's token, and we sign for it anew, as the operator knows the application.
 */
@Injectable()
export class JwtBearerFlow {
  constructor(
    private readonly assertions: BearerAssertions,
    private readonly orders: Orders,
    private readonly choice: OperatorChoice,
    private readonly oneTime: OneTime,
    private readonly operators: OperatorAssertions,
  ) {}

  /**
   * @throws InvalidRequest | InvalidClientAuth | InvalidScope | UnauthorizedClient | AccessDenied, or invalid_grant
   */
  async open(form: TokenForm): Promise<DirectGrant> {
    const assertion = await this.authenticated(form);
    const { clientId, subject, wish } = assertion;
    const order = this.orders.require(clientId, canonicalScope(assertion.scope), JWT_BEARER);
    const phoneNumber = phoneNumberOf(subject, order);
    const chosen = await this.choice.by(
      { ...wish, ...(phoneNumber !== undefined && { phoneNumber }) },
      'jwt_bearer',
      order,
    );
    // Last: what is refused for anything else has not been used.
    if (!(await this.oneTime.take('assertion', clientId, assertion.jti))) {
      throw badAssertion('jti was used before');
    }
    return {
      clientId,
      order,
      chosen,
      proof: assertion.proof,
      redeem: () => this.operators.redeem(chosen, subject, order),
    };
  }

  private async authenticated(form: TokenForm): Promise<BearerAssertion> {
    if (OTHER_PROOFS.some((name) => form.has(name))) {
      throw new errors.InvalidRequest('the assertion is the client authentication');
    }
    const given = form.get('assertion');
    if (given === undefined) throw new errors.InvalidClientAuth('no assertion');
    if (form.has('scope')) throw new errors.InvalidRequest('scope belongs into the assertion');
    const assertion = await this.assertions.open(given);
    const named = form.get('client_id') ?? assertion.clientId;
    if (named !== assertion.clientId) throw new errors.InvalidClientAuth('client_id is of another client');
    return assertion;
  }
}

/** @returns the number of a `tel:` subject, where one was agreed; undefined for a TS.43 token */
function phoneNumberOf(subject: string, order: Order): string | undefined {
  try {
    const { kind, value } = requireHint(subject, order);
    if (kind === 'operatortoken') return undefined;
    if (kind === 'tel') return value;
  } catch (error) {
    if (!(error instanceof errors.InvalidRequest)) throw error;
  }
  throw badAssertion('sub must be operatortoken: and the token');
}
