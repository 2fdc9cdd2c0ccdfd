import { CallTrace, Hop, currentCall } from './call-trace.js';
import { BreakerState, Plane, Target } from './labels.js';
import type { Logger } from './logger.js';

/** A request that was answered, or broken off. */
export interface EndedCall {
  readonly trace: CallTrace;
  readonly plane: Plane;
  /** Template, never the path: that holds ids. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly outcomeClass: string;
  readonly durationMs: number;
}

/** Exactly one line per request of a caller, and one per request of ours to an operator. */
export class CallLog {
  private readonly keepers: ((ended: EndedCall) => void)[] = [];

  constructor(private readonly logger: Logger) {}

  /** @param keeper gets every request that has ended; it must not throw and must not wait */
  onEnd(keeper: (ended: EndedCall) => void): void {
    this.keepers.push(keeper);
  }

  ended(ended: EndedCall): void {
    const { trace } = ended;
    this.logger.info(
      {
        event: 'http.request',
        trace_id: trace.traceId,
        x_correlator: trace.correlator,
        plane: ended.plane,
        route: ended.route,
        method: ended.method,
        status: ended.status,
        code: trace.code,
        outcome: trace.outcome ?? ended.outcomeClass,
        blame: trace.blame,
        reason: trace.reason,
        tenant: trace.tenant,
        application: trace.application,
        operator: trace.operator,
        dialect: trace.dialect,
        operation: trace.operation,
        flow: trace.flow,
        duration_ms: tenths(ended.durationMs),
        upstream_ms: trace.upstreamMs && tenths(trace.upstreamMs),
        ledger_ms: trace.ledgerMs && tenths(trace.ledgerMs),
      },
      'request',
    );
    for (const keeper of this.keepers) keeper(ended);
  }

  /** Nothing of the operator's answer but its status: its text is not ours to keep, its headers may hold secrets. */
  upstream(hop: Hop): void {
    const trace = currentCall();
    if (trace !== undefined) {
      trace.hops.push(hop);
      trace.dialect = hop.dialect;
    }
    this.logger.info(
      {
        event: 'upstream.request',
        trace_id: trace?.traceId,
        x_correlator: trace?.correlator,
        operator: hop.operator,
        dialect: hop.dialect,
        target: hop.target,
        operation: hop.operation,
        status: hop.status,
        outcome: hop.mapped,
        detail: hop.detail,
        attempt: hop.attempts,
        duration_ms: tenths(hop.durationMs),
      },
      'upstream request',
    );
  }

  /** A circuit has changed. */
  breaker(operator: string, target: Target, state: BreakerState): void {
    const fields = { event: `breaker.${state}`, operator, target, breaker: state };
    if (state === 'open') this.logger.warn(fields, 'circuit breaker');
    else this.logger.info(fields, 'circuit breaker');
  }
}

/** Milliseconds with one decimal. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
