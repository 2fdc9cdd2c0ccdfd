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

type Form = ReturnType<Logger['form']>;

/** Exactly one line per request of a caller, and one per request of ours to an operator. */
export class CallLog {
  private readonly keepers: ((ended: EndedCall) => void)[] = [];
  /** What all lines of one route, or of one operation at an operator, say alike. */
  private readonly routes = new Map<string, Form>();
  private readonly lanes = new Map<string, Form>();

  constructor(private readonly logger: Logger) {}

  /** @param keeper gets every request that has ended; it must not throw and must not wait */
  onEnd(keeper: (ended: EndedCall) => void): void {
    this.keepers.push(keeper);
  }

  ended(ended: EndedCall): void {
    if (this.logger.isLevelEnabled('info')) this.tell(ended);
    for (const keeper of this.keepers) keeper(ended);
  }

  private tell(ended: EndedCall): void {
    const { trace, plane, route, method } = ended;
    const key = `${method} ${route}`;
    let tell = this.routes.get(key);
    if (tell === undefined) {
      tell = this.logger.form({ event: 'http.request', plane, route, method }, 'request');
      this.routes.set(key, tell);
    }
    tell({
      trace_id: trace.traceId,
      x_correlator: trace.correlator,
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
    });
  }

  /** Nothing of the operator's answer but its status: its text is not ours to keep, its headers may hold secrets. */
  upstream(hop: Hop): void {
    const trace = currentCall();
    if (trace !== undefined) {
      trace.hops.push(hop);
      trace.dialect = hop.dialect;
    }
    if (!this.logger.isLevelEnabled('info')) return;
    const { operator, dialect, target, operation } = hop;
    const key = `${operator} ${target} ${operation}`;
    let tell = this.lanes.get(key);
    if (tell === undefined) {
      const alike = { event: 'upstream.request', operator, dialect, target, operation };
      tell = this.logger.form(alike, 'upstream request');
      this.lanes.set(key, tell);
    }
    tell({
      trace_id: trace?.traceId,
      x_correlator: trace?.correlator,
      status: hop.status,
      outcome: hop.mapped,
      detail: hop.detail,
      attempt: hop.attempts,
      duration_ms: tenths(hop.durationMs),
    });
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
