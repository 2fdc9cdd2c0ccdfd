import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Blame, PROBLEMS, Problem } from '../contract/problem.js';
import { Metrics } from '../telemetry/metrics.js';
import { clientProblem } from './client-error.js';
import { setCommonHeaders } from './correlation.js';
import { MAX_HEADERS } from './fastify-options.js';
import { KnownRoutes } from './known-routes.js';
import { outcomeClassOf, planeOf } from './outcome-class.js';

declare module 'fastify' {
  interface FastifyInstance {
    knownRoutes: KnownRoutes;
  }
  interface FastifyRequest {
    /** The x-correlator of the answer; valid and not empty. */
    correlator: string;
    /** Whose fault the answer is, once a Problem was sent. */
    blame: Blame | undefined;
  }
}

/**
 * What every request of this server has in common. Call it after Nest has made the application (with
 * `bodyParser: false`) and before it registers routes. Bodies arrive as Buffers, unread: the walk of a call
 * reads them when their turn has come, so that a stranger learns 401 and nothing else.
 */
export function installHttp(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.server.maxHeadersCount = MAX_HEADERS + 1;
  fastify.server.maxConnections = 10_000;
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  fastify.decorate('knownRoutes', new KnownRoutes());
  fastify.decorateRequest('correlator', '');
  fastify.decorateRequest('blame', undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply);
    treatBadMediaTypeAsUnknown(request);
    done(request.raw.rawHeaders.length > 2 * MAX_HEADERS ? new Problem('headersTooLarge') : undefined);
  });
  installMetrics(fastify, metrics);
}

/** Bytes: documents of configuration are longer than calls. */
const ADMIN_BODY_LIMIT = 256 * 1024;

/** `type/subtype`, parameters aside (RFC 9110, 8.3.1). */
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

/** Fastify would answer 415 by itself, before the caller is known. An unknown type gets there in its turn. */
function treatBadMediaTypeAsUnknown(request: FastifyRequest): void {
  const { headers } = request.raw;
  const type = headers['content-type'];
  if (type !== undefined && type !== 'application/json' && !MEDIA_TYPE.test(type)) {
    headers['content-type'] = 'application/octet-stream';
  }
}

/** Labels are made once per route, not per request. */
function installMetrics(fastify: FastifyInstance, metrics: Metrics): void {
  const answered = (plane: ReturnType<typeof planeOf>, route: string, method: string) =>
    function record(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
      metrics.httpAnswered({
        plane,
        route,
        method,
        code: reply.statusCode,
        outcomeClass: outcomeClassOf(reply.statusCode, request.blame),
        seconds: reply.elapsedTime / 1000,
      });
      done();
    };
  fastify.addHook('onRoute', (route) => {
    fastify.knownRoutes.add(route.url, route.method);
    if (planeOf(route.url) === 'admin') route.bodyLimit = ADMIN_BODY_LIMIT;
    const method = typeof route.method === 'string' ? route.method : 'any';
    route.onResponse = [route.onResponse ?? [], answered(planeOf(route.url), route.url, method)].flat();
  });
  const unrouted = answered('other', 'none', 'any');
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.is404) unrouted(request, reply, done);
    else done();
  });
  fastify.server.on('clientError', (error: NodeJS.ErrnoException) => {
    const problem = clientProblem(error);
    if (problem === undefined) return;
    const { status } = PROBLEMS[problem];
    metrics.httpAnswered({
      plane: 'other',
      route: 'none',
      method: 'any',
      code: status,
      outcomeClass: 'client_error',
      seconds: 0,
    });
  });
}
