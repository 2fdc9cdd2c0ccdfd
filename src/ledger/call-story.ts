import { EndedCall, tenths } from '../telemetry/call-log.js';
import { scrub } from '../telemetry/scrub.js';

/** Calls, and of the authorization server what somebody known asked for or was refused. */
export function isTold({ plane, status, trace }: EndedCall): boolean {
  if (plane === 'data') return true;
  return plane === 'auth' && (trace.tenant !== undefined || trace.operator !== undefined || status >= 400);
}

/** From then on somebody may ask why a call took so long. */
const SLOW_MS = 1_000;

/** A call of which its usage record says all there is to say; one with a distributed trace is to be found by it. */
export function wentWell({ plane, status, durationMs, trace }: EndedCall): boolean {
  return plane === 'data' && status < 300 && durationMs < SLOW_MS && trace.traceId === undefined;
}

/** What support sees; absent what is not known. Every word is ours. */
export function storyOf({
  trace,
  plane,
  route,
  method,
  status,
  outcomeClass,
  durationMs,
}: EndedCall): object {
  return {
    plane,
    route,
    method,
    operation: trace.operation,
    flow: trace.flow,
    rule: trace.rule && scrub(trace.rule),
    operator: trace.operator,
    status,
    outcome: trace.outcome ?? outcomeClass,
    code: trace.code,
    reason: trace.reason && scrub(trace.reason),
    detail: trace.detail && scrub(trace.detail),
    blame: trace.blame,
    traceId: trace.traceId,
    durationMs: tenths(durationMs),
    ledgerMs: trace.ledgerMs && tenths(trace.ledgerMs),
    hops: trace.hops.map(({ durationMs: ms, detail, ...hop }) => ({
      ...hop,
      ...(detail !== undefined && { detail: scrub(detail) }),
      durationMs: tenths(ms),
    })),
  };
}
