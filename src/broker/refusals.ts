import { Inject, Injectable } from '@nestjs/common';
import { noteCall } from '../telemetry/call-trace.js';
import { Flow } from '../telemetry/labels.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Refusal, refusalFor } from './refusal.js';

/** Notes how sign-ins fail, where they fail at an operator. */
@Injectable()
export class Refusals {
  constructor(
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param operatorId undefined before an operator was found */
  note(operatorId: string | undefined, error: unknown): Refusal {
    const refusal = refusalFor(error);
    this.record(operatorId, refusal, 'authcode');
    return refusal;
  }

  /** The same for what has been read already. */
  record(
    operatorId: string | undefined,
    { outcome, blame, alert, error, reason }: Refusal,
    flow: Flow,
  ): void {
    const operator = operatorId ?? 'none';
    this.metrics.broker.signedIn(operator, flow, outcome);
    noteCall({ flow, outcome, blame, code: error, reason, ...(operatorId !== undefined && { operator }) });
    if (alert) this.logger.error({ operator, flow, code: error, reason }, 'a sign-in failed');
  }

  /** A sign-in that was not refused. */
  issued(operatorId: string, flow: Flow): void {
    noteCall({ flow, outcome: 'issued', operator: operatorId });
    this.metrics.broker.signedIn(operatorId, flow, 'issued');
  }

  /** A failure that leaves no OAuth answer behind: only a page can be shown. */
  lost(operatorId: string, error: unknown): void {
    const reason = error instanceof Error ? error.name : 'unknown';
    this.logger.error({ operator: operatorId, reason }, 'a sign-in could not go on');
  }
}
