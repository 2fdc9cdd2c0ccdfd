import { Inject, Injectable } from '@nestjs/common';
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
    const operator = operatorId ?? 'none';
    this.metrics.signedIn(operator, 'authcode', refusal.outcome);
    if (refusal.alert) {
      this.logger.error({ operator, error: refusal.error, reason: refusal.reason }, 'a sign-in failed');
    }
    return refusal;
  }

  /** A failure that leaves no OAuth answer behind: only a page can be shown. */
  lost(operatorId: string, error: unknown): void {
    const reason = error instanceof Error ? error.name : 'unknown';
    this.logger.error({ operator: operatorId, reason }, 'a sign-in could not go on');
  }
}
