import { Injectable } from '@nestjs/common';
import { genericGrantRequest, initiateBackchannelAuthentication } from 'openid-client';
import { Metrics } from '../telemetry/metrics.js';
import { Chosen } from './operator-choice.js';
import { OperatorClients } from './operator-clients.js';
import { OperatorKeys } from './operator-keys.js';
import { OperatorToken, tokenIn, withinDeadline } from './operator-tokens.js';
import { CIBA } from './orders.js';

/** An operator's answer to a backchannel authentication request. */
export interface Begun {
  /** Secret. */
  readonly operatorRequestId: string;
  readonly lifetimeSeconds: number;
  /** Sane, whatever the operator named. */
  readonly intervalSeconds: number;
}

/** CIBA toward the operators, poll mode (CIBA Core 7 and 10; ICM r4.2), with us as the application. */
@Injectable()
export class OperatorBackchannel {
  constructor(
    private readonly clients: OperatorClients,
    private readonly keys: OperatorKeys,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Sent once, whatever comes of it: a TS.43 token is good for one use.
   * @param ask scope and hint in the operator's form
   * @throws ResponseBodyError | ClientError | TypeError | Problem operatorTimeout
   */
  async begin({ operator, registration }: Chosen, ask: { scope: string; hint: string }): Promise<Begun> {
    const client = this.clients.of(operator, registration);
    const answer = await withinDeadline(
      client.then((one) =>
        initiateBackchannelAuthentication(one, { scope: ask.scope, login_hint: ask.hint }),
      ),
    );
    return {
      operatorRequestId: answer.auth_req_id,
      lifetimeSeconds: answer.expires_in,
      intervalSeconds: answer.interval ?? 5,
    };
  }

  /**
   * One poll.
   * @throws ResponseBodyError, among others for authorization_pending and slow_down, and as `begin` does
   */
  async collect({ operator, registration }: Chosen, operatorRequestId: string): Promise<OperatorToken> {
    const startedAtMs = performance.now();
    const askedAtMs = Date.now();
    const client = this.clients.of(operator, registration);
    const answer = await withinDeadline(
      client.then(async (one) => {
        const given = await genericGrantRequest(one, CIBA, { auth_req_id: operatorRequestId });
        await this.keys.verify(operator, one.serverMetadata(), given.id_token);
        return given;
      }),
    );
    this.metrics.broker.exchanged(operator.id, (performance.now() - startedAtMs) / 1000);
    return tokenIn(answer, askedAtMs);
  }
}
