import { createRequire } from 'node:module';
import type { Context, Span } from '@opentelemetry/api';
import { TracingSettings } from '../config/config.js';
import { safeSpans } from './safe-spans.js';
import { NamedRoute, SpanRecorder, factsOf, recordSpansWith } from './spans.js';
import { traceIdsFrom } from './trace-id.js';

/**
 * Distributed tracing: requests in, requests to operators, statements to PostgreSQL, and our own steps between them. Its
 * libraries are loaded only here. Call it before the server listens.
 * @returns sends what is left and ends it
 */
export async function startTracing(settings: TracingSettings): Promise<() => Promise<void>> {
  const [
    api,
    sdk,
    { AsyncLocalStorageContextManager },
    { W3CTraceContextPropagator },
    otlp,
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new otlp.OTLPTraceExporter({ url: `${settings.endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.serviceName }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: safeSpans(exporter) })],
  });
  api.trace.setGlobalTracerProvider(provider);
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const named = new WeakMap<object, NamedRoute>();
  const disable = await instrument(named);
  recordSpansWith(recorderOf(api, named));
  traceIdsFrom(() => sampledTraceId(api.trace.getActiveSpan()));
  return async () => {
    recordSpansWith(undefined);
    traceIdsFrom(undefined);
    disable();
    // A collector that is away must not keep the process from ending.
    await provider.shutdown().catch(() => {});
    for (const part of [api.trace, api.context, api.propagation]) part.disable();
  };
}

/** Paths of probes and scrapes: they would be most of what is seen. */
const WATCHING = /^\/(?:livez|readyz|startupz|metrics|status\.json)\b/;

async function instrument(named: WeakMap<object, NamedRoute>): Promise<() => void> {
  const [{ HttpInstrumentation }, { UndiciInstrumentation }, { PgInstrumentation }] = await Promise.all([
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-undici'),
    import('@opentelemetry/instrumentation-pg'),
  ]);
  const all = [
    new HttpInstrumentation({
      disableOutgoingRequestInstrumentation: true,
      ignoreIncomingRequestHook: ({ url }) => WATCHING.test(url ?? ''),
      applyCustomAttributesOnSpan: (span, request) => {
        const route = named.get(request);
        if (route === undefined) return;
        span.updateName(route.name);
        span.setAttributes({ ...factsOf(route) });
      },
    }),
    new UndiciInstrumentation({ requireParentforSpans: true }),
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
  ];
  // They see only what is required, as CommonJS; both modules are the same for those who import them.
  const require = createRequire(import.meta.url);
  require('node:http');
  require('pg');
  return () => {
    for (const each of all) each.disable();
  };
}

type Api = typeof import('@opentelemetry/api');

function recorderOf(api: Api, named: WeakMap<object, NamedRoute>): SpanRecorder {
  const tracer = api.trace.getTracer('nvgw');
  const current = (): Span | undefined => api.trace.getActiveSpan();
  return {
    run: (name, facts, work) =>
      tracer.startActiveSpan(name, { attributes: { ...facts } }, async (span) => {
        try {
          return await work();
        } catch (error) {
          span.setStatus({ code: api.SpanStatusCode.ERROR });
          span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
          throw error;
        } finally {
          span.end();
        }
      }),
    name: (request, route) => void named.set(request, route),
    parent: () => {
      const carrier: { traceparent?: string } = {};
      api.propagation.inject(api.context.active(), carrier);
      return carrier.traceparent;
    },
    link: (earlier) => {
      const from: Context = api.propagation.extract(api.ROOT_CONTEXT, { traceparent: earlier });
      const context = api.trace.getSpanContext(from);
      if (context) current()?.addLink({ context });
    },
  };
}

function sampledTraceId(span: Span | undefined): string | undefined {
  const context = span?.spanContext();
  return context && (context.traceFlags & 1) === 1 ? context.traceId : undefined;
}
