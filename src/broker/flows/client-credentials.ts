import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { ResponseBodyError } from 'openid-client';
import { Operator } from '../../operators/operator.js';
import { isPublicAddress } from '../../routing/ip.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { requireMobileAuthentication } from '../amr.js';
import { DirectGrant } from '../direct-tokens.js';
import { addressIn, requireHint } from '../login-hint.js';
import { OperatorBackchannel } from '../operator-backchannel.js';
import { Chosen, OperatorChoice } from '../operator-choice.js';
import { OperatorToken } from '../operator-tokens.js';
import { CLIENT_CREDENTIALS, Order, Orders } from '../orders.js';
import { canonicalScope, operatorScope } from '../scopes.js';
import { ExtensionParameters } from '../extension-parameters.js';

/** The ASP waits for the answer: no longer than for any other. */
const PATIENCE_MS = 8_000;

/**
 * Client credentials with `login_hint=ipport:<ip[:port]>`: an extension of ours, off unless the subscription has
 * the grant type and the hint, and the operator takes that hint. The two-legged grants of the profile stand for no user
 * (ICM r4.2), so this one is only a spelling: the operator is asked by CIBA, and its token is a user's.
 */
@Injectable()
export class ClientCredentialsFlow {
  constructor(
    private readonly orders: Orders,
    private readonly choice: OperatorChoice,
    private readonly backchannel: OperatorBackchannel,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws UnauthorizedClient | InvalidRequest | InvalidScope | AccessDenied */
  async open(clientId: string, given: ExtensionParameters): Promise<DirectGrant> {
    this.orders.requireAny(clientId, CLIENT_CREDENTIALS);
    if (given.scope === undefined) throw new errors.InvalidRequest('scope is required');
    const order = this.orders.require(clientId, canonicalScope(given.scope), CLIENT_CREDENTIALS);
    const hint = requireHint(given.login_hint, order);
    if (hint.kind !== 'ipport') throw new errors.InvalidRequest('login_hint must be ipport:');
    const address = addressIn(hint);
    const chosen = await this.choice.by(address, 'ciba', order, takesAddresses);
    const { operator } = chosen;
    if (!takesAddresses(operator)) {
      throw new errors.AccessDenied('operator_without_this_hint');
    }
    // Behind somebody's NAT the same private address is many devices; the sandbox has no others.
    if (operator.lifecycle !== 'sandbox' && !isPublicAddress(address.ip)) {
      throw new errors.AccessDenied('operator_not_resolved');
    }
    return { clientId, order, chosen, redeem: () => this.redeem(chosen, order, hint.hint) };
  }

  private async redeem(chosen: Chosen, order: Order, hint: string): Promise<OperatorToken> {
    const { operator } = chosen;
    const scope = operatorScope(operator, order);
    const begun = await this.backchannel.begin(chosen, { scope, hint });
    const token = await this.collected(chosen, begun.operatorRequestId, begun.intervalSeconds);
    requireMobileAuthentication(token.amr, operator.auth);
    const { tenantId, applicationId } = order;
    this.logger.info(
      { tenant: tenantId, application: applicationId, operator: operator.id },
      'a token was given for an address',
    );
    return token;
  }

  /** Asks at once, then at the operator's interval, while the ASP can still be waiting. */
  private async collected(
    chosen: Chosen,
    requestId: string,
    intervalSeconds: number,
  ): Promise<OperatorToken> {
    const endsAtMs = performance.now() + PATIENCE_MS;
    for (let waitMs = intervalSeconds * 1000; ;) {
      try {
        return await this.backchannel.collect(chosen, requestId);
      } catch (error) {
        const code = error instanceof ResponseBodyError ? error.error : undefined;
        if (code !== 'authorization_pending' && code !== 'slow_down') throw error;
        if (code === 'slow_down') waitMs += 5_000;
      }
      if (performance.now() + waitMs > endsAtMs) throw new errors.AccessDenied('not_authenticated_in_time');
      await delay(waitMs);
    }
  }
}

function takesAddresses({ auth }: Operator): boolean {
  return auth.cibaHints.includes('ipport');
}
