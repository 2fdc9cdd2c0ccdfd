import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Readiness } from './readiness.js';

export interface ManagementOptions {
  /** 0 chooses a free port. */
  port: number;
  host: string;
  metrics: Metrics;
  readiness: Pick<Readiness, 'report' | 'started'>;
  logger: Logger;
}

export interface Management {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Probes and metrics on a port of their own: never behind the traffic's queue, never in public.
 * `/livez` looks at nothing but this event loop; a check of the database there turns one outage into two.
 */
export async function startManagement(options: ManagementOptions): Promise<Management> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.logger.error({ err: error }, 'management endpoint failed');
      if (!response.headersSent) json(response, 500, { status: 'error' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${host === '0.0.0.0' || host === '[::]' ? 'localhost' : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { metrics, readiness }: ManagementOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return json(response, 405, { status: 'method not allowed' });
  }
  switch (request.url?.split('?')[0]) {
    case '/livez':
      return json(response, 200, { status: 'live' });
    case '/readyz': {
      const { ready, status, checks } = readiness.report();
      return json(response, ready ? 200 : 503, { status, checks });
    }
    case '/startupz':
      return json(response, readiness.started ? 200 : 503, {
        status: readiness.started ? 'started' : 'starting',
      });
    case '/metrics':
      return send(response, 200, metrics.contentType, await metrics.render());
    default:
      return json(response, 404, { status: 'not found' });
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
