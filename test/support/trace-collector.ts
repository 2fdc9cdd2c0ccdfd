import { AddressInfo } from 'node:net';
import { createServer, Server } from 'node:http';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Span ids. */
  readonly links: readonly string[];
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes?: { key: string; value: Record<string, unknown> }[];
  links?: { spanId: string }[];
}

interface OtlpBody {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

/** An OTLP/HTTP collector that keeps what it gets, as it came and as spans. */
export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  /** Everything that left the gateway, as text. */
  raw = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TraceCollector> {
    const server = createServer();
    const collector = new TraceCollector(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        collector.take(Buffer.concat(chunks).toString());
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** All spans below this one, itself included. */
  below(root: CollectedSpan): CollectedSpan[] {
    const children = this.spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
    return [root, ...children.flatMap((child) => this.below(child))];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(body: string): void {
    this.raw += body;
    for (const { scopeSpans } of (JSON.parse(body) as OtlpBody).resourceSpans) {
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) this.spans.push(read(span));
    }
  }
}

function read(span: OtlpSpan): CollectedSpan {
  const { traceId, spanId, parentSpanId, name, attributes = [], links = [] } = span;
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    name,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    links: links.map((link) => link.spanId),
  };
}
