import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Operator } from '../../operators/operator.js';
import { Metrics } from '../../telemetry/metrics.js';
import { CibaPoller } from '../ciba-poller.js';
import { CibaOutcome, CibaRequest } from '../ciba-request.js';
import { CibaRequests } from '../ciba-requests.js';
import { DeviceHint, addressIn, requireHint } from '../login-hint.js';
import { OperatorBackchannel } from '../operator-backchannel.js';
import { Chosen, OperatorChoice } from '../operator-choice.js';
import { Order } from '../orders.js';
import { Proof } from '../proof.js';
import { operatorScope } from '../scopes.js';
import { NamedOperator } from '../wish.js';

/** No ASP is kept waiting longer, whatever the operator allows. */
const MAX_LIFETIME_SECONDS = 120;

/** A backchannel authentication request that has passed every check of its own. */
export interface CibaAsk {
  readonly order: Order;
  readonly openid: boolean;
  readonly loginHint: string | undefined;
  readonly namedOperator: NamedOperator;
}

/** What the operator has taken on. */
export interface CibaBegun {
  readonly request: CibaRequest;
  readonly lifetimeSeconds: number;
  readonly intervalSeconds: number;
}

/**
 * Client-initiated backchannel authentication, poll mode (CIBA Core; ICM r4.2): the ASP's request becomes one
 * of ours to the operator, and what the operator says to our polls is what the ASP's polls are told.
 */
@Injectable()
export class CibaFlow {
  constructor(
    private readonly choice: OperatorChoice,
    private readonly backchannel: OperatorBackchannel,
    private readonly requests: CibaRequests,
    private readonly poller: CibaPoller,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Which operator, by what it is told of the device.
   * @throws InvalidRequest | UnknownUserId | AccessDenied
   */
  async choose(ask: CibaAsk): Promise<Chosen> {
    const hint = requireHint(ask.loginHint, ask.order);
    if (hint.kind === 'operatortoken' && Object.keys(ask.namedOperator).length === 0) {
      throw new errors.InvalidRequest('an operator token needs operator_id or mccmnc beside it');
    }
    const takesIt = ({ auth }: Operator): boolean => auth.cibaHints.includes(hint.kind);
    const device = { ...deviceIn(hint), ...ask.namedOperator };
    const chosen = await this.choice.by(device, 'ciba', ask.order, takesIt);
    if (!takesIt(chosen.operator)) {
      throw new errors.AccessDenied('operator_without_this_hint');
    }
    return chosen;
  }

  /** @throws whatever refusalFor can read */
  async begin({ operator, registration, rule }: Chosen, ask: CibaAsk): Promise<CibaBegun> {
    const { kind, hint } = requireHint(ask.loginHint, ask.order);
    const begun = await this.backchannel.begin(
      { operator, registration },
      { scope: operatorScope(operator, ask.order), hint },
    );
    return {
      request: {
        operatorId: operator.id,
        registrationId: registration.id,
        operatorRequestId: begun.operatorRequestId,
        order: ask.order,
        openid: ask.openid,
        hint: kind,
        rule,
      },
      lifetimeSeconds: Math.min(MAX_LIFETIME_SECONDS, begun.lifetimeSeconds),
      intervalSeconds: begun.intervalSeconds,
    };
  }

  /**
   * Keeps the request and asks the operator at once: with a TS.43 token there is nobody to wait for, and the
   * ASP's first poll finds the token.
   * @param id our `auth_req_id`
   */
  async open(id: string, clientId: string, begun: CibaBegun): Promise<void> {
    const { request, lifetimeSeconds, intervalSeconds } = begun;
    await this.requests.open(id, clientId, request, {
      lifetimeSeconds,
      operatorIntervalSeconds: intervalSeconds,
    });
    await this.poller.begin(id, Date.now() + lifetimeSeconds * 1000);
  }

  /**
   * An ASP's poll.
   * @returns what the operator has given, once
   * @throws InvalidGrant | SlowDown | ExpiredToken | AuthorizationPending | AccessDenied
   */
  async collect(
    id: string,
    clientId: string,
    proof: Proof | undefined,
  ): Promise<Extract<CibaOutcome, { session: object }>> {
    const asked = await this.requests.ask(id, clientId);
    if (asked?.state === 'consumed') this.metrics.credentials.replayed('auth_req_id');
    if (!asked || asked.state === 'consumed') throw new errors.InvalidGrant('auth_req_id is unknown or used');
    if (asked.state === 'ended') throw new errors.ExpiredToken('the request has ended');
    if (asked.state === 'early') throw new errors.SlowDown();
    // The process that asked for it may be gone: whoever is asked and finds it due asks the operator itself.
    if (asked.state === 'pending') await this.poller.poll(id);
    const outcome = await this.requests.take(id, clientId);
    if (outcome === undefined) {
      throw asked.state === 'pending'
        ? new errors.AuthorizationPending()
        : new errors.InvalidGrant('auth_req_id was used meanwhile');
    }
    if ('session' in outcome) {
      this.choice.requireReach(outcome.session.operatorId, proof);
      return outcome;
    }
    throw outcome.error === 'expired_token'
      ? new errors.ExpiredToken(outcome.description)
      : new errors.AccessDenied(outcome.description);
  }
}

function deviceIn(hint: DeviceHint): { ip?: string; port?: number; phoneNumber?: string } {
  if (hint.kind === 'tel') return { phoneNumber: hint.value };
  return hint.kind === 'ipport' ? addressIn(hint) : {};
}
