/** @returns the 32 hexadecimal digits of the trace that the running code belongs to; undefined outside a sampled one */
export type TraceIdSource = () => string | undefined;

let source: TraceIdSource | undefined;

/** Tracing says here how the current trace is found; undefined: there is no tracing. */
export function traceIdsFrom(given: TraceIdSource | undefined): void {
  source = given;
}

/** What an exemplar names; costs one comparison without tracing. */
export function currentTraceId(): string | undefined {
  return source?.();
}
