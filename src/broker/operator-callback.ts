import { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { InteractionResults } from 'oidc-provider';
import { noteCall } from '../telemetry/call-trace.js';
import { Metrics } from '../telemetry/metrics.js';
import { AuthorizationServer } from './authorization-server.js';
import { AuthCodeFlow } from './flows/auth-code.js';
import { Refusals } from './refusals.js';
import { UpstreamResult } from './token-rules.js';
import { Arrival, Transaction } from './transactions.js';

type Result = InteractionResults & { upstream: UpstreamResult };

/** A device that its operator has sent back to us. */
export interface Callback {
  readonly operatorId: string;
  readonly registrationId: string;
  /** `?code=…&state=…`, as it came; empty without one. */
  readonly query: string;
}

/** Takes the operator's answer and sends the device on to the ASP, with our code or with an error. */
@Injectable()
export class OperatorCallback {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly authCode: AuthCodeFlow,
    private readonly metrics: Metrics,
    private readonly refusals: Refusals,
  ) {}

  /**
   * @returns undefined once the device has been answered; the status of an error page when there is nowhere to
   *   send it: 400, the state is not, or no longer, ours; 503, we cannot tell
   */
  async answer(
    callback: Callback,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<400 | 503 | undefined> {
    try {
      const transaction = await this.transactionOf(callback);
      if (!transaction) {
        this.metrics.credentials.replayed('state');
        return 400;
      }
      const result = await this.resultOf(transaction, callback.query);
      const resumed = await this.server.resume(request, response, transaction.interactionUid, result);
      return resumed ? undefined : 400;
    } catch (error) {
      this.refusals.lost(callback.operatorId, error);
      return 503;
    }
  }

  private async transactionOf({ query, ...path }: Callback): Promise<Transaction | undefined> {
    const states = new URLSearchParams(query).getAll('state');
    if (states.length !== 1) return undefined;
    const arrival: Arrival = { ...path, state: states[0]! };
    return this.authCode.take(arrival);
  }

  private async resultOf(transaction: Transaction, query: string): Promise<Result> {
    const { operatorId, order } = transaction;
    noteCall({ tenant: order.tenantId, application: order.applicationId, operator: operatorId });
    try {
      const { subject, session } = await this.authCode.finish(transaction, query);
      this.metrics.broker.signedIn(operatorId, 'authcode', 'issued');
      return { login: { accountId: subject, remember: false }, upstream: { operatorId, session } };
    } catch (error) {
      const { error: code, description } = this.refusals.note(operatorId, error);
      return { error: code, error_description: description, upstream: { operatorId } };
    }
  }
}
