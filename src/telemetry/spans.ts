import { CallTrace } from './call-trace.js';

/** What a span of ours may say. Closed sets and ids of ours, as in metrics and logs. */
export interface SpanFacts {
  readonly 'nvgw.operator'?: string | undefined;
  readonly 'nvgw.dialect'?: string | undefined;
  readonly 'nvgw.target'?: string | undefined;
  readonly 'nvgw.operation'?: string | undefined;
  readonly 'nvgw.flow'?: string | undefined;
  readonly 'nvgw.tenant'?: string | undefined;
  readonly 'nvgw.outcome'?: string | undefined;
  readonly 'nvgw.x_correlator'?: string | undefined;
  /** Route template. */
  readonly 'http.route'?: string | undefined;
}

/** What the span of a request tells: its route, and the call that gathers facts while it lasts. */
export interface NamedRoute {
  readonly name: string;
  /** Template. */
  readonly route: string;
  readonly call: CallTrace;
}

/** Who records spans; without one every function of this file does nothing but its work. */
export interface SpanRecorder {
  run<T>(name: string, facts: SpanFacts, work: () => Promise<T>): Promise<T>;
  /** The span of this request will be named so, and will say what its call has gathered by then. */
  name(request: object, route: NamedRoute): void;
  parent(): string | undefined;
  link(parent: string): void;
}

let recorder: SpanRecorder | undefined;

/** Of the whole process, as the libraries that are instrumented are. */
export function recordSpansWith(given: SpanRecorder | undefined): void {
  recorder = given;
}

/** Does the work within a span of its own; what it throws marks the span and goes on. */
export function inSpan<T>(name: string, facts: SpanFacts, work: () => Promise<T>): Promise<T> {
  return recorder ? recorder.run(name, facts, work) : work();
}

/** @param request as Node has made it, which whoever records spans has seen, too */
export function nameRequestSpan(request: object, route: NamedRoute): void {
  recorder?.name(request, route);
}

/** @returns the current span as W3C `traceparent`, to be kept until the sign-in goes on; undefined without tracing */
export function currentSpan(): string | undefined {
  return recorder?.parent();
}

/** A device's redirects carry no trace context: the span that goes on names the one that began. */
export function continueSpan(earlier: string | undefined): void {
  if (earlier !== undefined) recorder?.link(earlier);
}

/** What a call has gathered for its line in the log says as much about its span. */
export function factsOf({ route, call }: NamedRoute): SpanFacts {
  return {
    'http.route': route,
    'nvgw.operator': call.operator,
    'nvgw.dialect': call.dialect,
    'nvgw.operation': call.operation,
    'nvgw.flow': call.flow,
    'nvgw.tenant': call.tenant,
    'nvgw.outcome': call.outcome ?? call.reason,
    'nvgw.x_correlator': call.correlator,
  };
}
