import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/**
 * What leaves the process of a span: names of ours, closed sets, ids. No URL, no query, no address, no statement, no
 * message of an error: in them stand codes, states, hints, assertions, numbers.
 */
const SAFE: ReadonlySet<string> = new Set([
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'network.protocol.version',
  'error.type',
  'db.system',
  'db.system.name',
  'db.operation.name',
  'server.address',
  'server.port',
  'url.scheme',
]);

function isSafe(name: string): boolean {
  return SAFE.has(name) || name.startsWith('nvgw.');
}

function safe(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isSafe(name)));
}

/** Hands on spans with nothing but what is known to be harmless. */
export function safeSpans(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(safeSpan), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

function safeSpan(span: ReadableSpan): ReadableSpan {
  return Object.create(span, {
    attributes: { value: safe(span.attributes), enumerable: true },
    // Events are exceptions with the text of the error and its stack.
    events: { value: [], enumerable: true },
    links: { value: span.links.map(({ context }) => ({ context })), enumerable: true },
    status: { value: { code: span.status.code }, enumerable: true },
  }) as ReadableSpan;
}
