import { Inject, Injectable } from '@nestjs/common';
import { Operation } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { outcomeClassOf } from '../http/outcome-class.js';
import { currentCall, noteCall } from '../telemetry/call-trace.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics, Outcome, OutcomeClass } from '../telemetry/metrics.js';
import { Call } from './call.js';

/** Reasons that have an outcome of their own; the others follow from whose fault they were. */
const BY_REASON: Readonly<Record<string, Outcome>> = {
  RATE_LIMITED: 'rate_limited',
  QUOTA_EXCEEDED: 'rate_limited',
  CIRCUIT_OPEN: 'breaker_open',
  BULKHEAD_FULL: 'bulkhead_full',
  UPSTREAM_TIMEOUT: 'timeout',
  OPERATOR_DISABLED: 'unavailable',
  LEDGER_UNAVAILABLE: 'unavailable',
  RECORDED_LATE: 'unavailable',
  SHED: 'unavailable',
  GATEWAY_CREDENTIALS: 'unavailable',
};

/** Counts what came of each call whose operator was known, and reports what was our own fault. */
@Injectable()
export class Outcomes {
  constructor(
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Hands the answer on as it is, thrown or returned. */
  async watch<T extends boolean | string>(operation: Operation, call: Call, answer: Promise<T>): Promise<T> {
    const beganAt = performance.now();
    try {
      const value = await answer;
      this.count(operation, call, verdictOutcome(value), 'success');
      return value;
    } catch (error) {
      this.count(operation, call, problemOutcome(error), problemClass(error));
      if (error instanceof Problem && error.row.blame === 'gateway') this.report(operation, call, error);
      throw error;
    } finally {
      const ownMs = performance.now() - beganAt - (currentCall()?.upstreamMs ?? 0);
      this.metrics.calls.own(operation, Math.max(0, ownMs) / 1000);
    }
  }

  private count(operation: Operation, call: Call, outcome: Outcome, outcomeClass: OutcomeClass): void {
    noteCall({ operation, outcome });
    if (call.operatorId !== undefined) this.metrics.calls.ended(call.operatorId, operation, outcome);
    if (call.tenantId !== undefined) this.metrics.calls.ofTenant(call.tenantId, outcomeClass);
  }

  private report(operation: Operation, call: Call, { row, detail }: Problem): void {
    this.logger.error(
      {
        event: 'call.failed',
        operation,
        operator: call.operatorId,
        reason: row.reason,
        detail,
        x_correlator: call.correlation.value,
      },
      'call failed by our own fault',
    );
  }
}

function verdictOutcome(value: boolean | string): Outcome {
  if (typeof value === 'string') return 'shared';
  return value ? 'match' : 'no_match';
}

/** @param error whatever the walk threw; what is no Problem is our bug */
export function problemOutcome(error: unknown): Outcome {
  if (!(error instanceof Problem)) return 'internal';
  const { reason, blame } = error.row;
  if (BY_REASON[reason]) return BY_REASON[reason];
  if (blame === 'operator') return 'upstream_error';
  return blame === 'client' ? 'client_error' : 'internal';
}

function problemClass(error: unknown): OutcomeClass {
  return error instanceof Problem ? outcomeClassOf(error.row.status, error.row.blame) : 'gateway_error';
}
