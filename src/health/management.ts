import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { LogLevel } from './log-level.js';
import { MetricsPage } from './metrics-page.js';
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
 * Probes, metrics and the level of the log on a port of their own: never behind the traffic's queue, never in public.
 * `/livez` looks at nothing but this event loop; a check of the database there turns one outage into two.
 */
export async function startManagement(options: ManagementOptions): Promise<Management> {
  const page = new MetricsPage(options.metrics);
  const level = new LogLevel(options.logger);
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const answered =
      request.url === '/loglevel'
        ? answerLevel(level, request, response)
        : answer(options.readiness, page, request, response);
    answered.catch((error: unknown) => {
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
  readiness: ManagementOptions['readiness'],
  metrics: MetricsPage,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return json(response, 405, { status: 'method not allowed' });
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://management');
  switch (pathname) {
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
    case '/metrics': {
      const { type, page } = await metrics.read(searchParams.get('format'));
      return send(response, 200, type, page);
    }
    default:
      return json(response, 404, { status: 'not found' });
  }
}

/** GET tells the level, PUT changes it: the one thing that can be changed on this port. */
async function answerLevel(
  level: LogLevel,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET') return json(response, 200, level.report);
  if (request.method !== 'PUT') {
    response.setHeader('allow', 'GET, PUT');
    return json(response, 405, { status: 'method not allowed' });
  }
  const changed = await level.change(request);
  if (changed) json(response, 200, changed);
  else json(response, 400, { status: 'a level of silent, error, warn, info, debug; seconds of 1 to 86400' });
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
