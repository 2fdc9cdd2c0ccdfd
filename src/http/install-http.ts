import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Blame, PROBLEMS, Problem } from '../contract/problem.js';
import { CallLog } from '../telemetry/call-log.js';
import { CallTrace, callFor } from '../telemetry/call-trace.js';
import { Metrics, Plane } from '../telemetry/metrics.js';
import { clientProblem, correlatorOn } from './client-error.js';
import { setCommonHeaders } from './correlation.js';
import { MAX_HEADERS } from './fastify-options.js';
import { KnownRoutes } from './known-routes.js';
import { outcomeClassOf, planeOf } from './outcome-class.js';

declare module 'fastify' {
  interface FastifyInstance {
    knownRoutes: KnownRoutes;
    /** Tells of a request that no hook has seen, once it is answered. */
    unrouted: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
  }
  interface FastifyRequest {
    /** The x-correlator of the answer; valid and not empty. */
    correlator: string;
    /** Whose fault the answer is, once a Problem was sent. */
    blame: Blame | undefined;
    /** What is told of this request; undefined only before the first hook. */
    trace: CallTrace | undefined;
  }
}

/**
 * What every request of this server has in common. Call it after Nest has made the application (with
 * `bodyParser: false`) and before it registers routes. Bodies arrive as Buffers, unread: the walk of a call
 * reads them when their turn has come, so that a stranger learns 401 and nothing else.
 */
export function installHttp(fastify: FastifyInstance, metrics: Metrics, calls: CallLog): void {
  fastify.server.maxHeadersCount = MAX_HEADERS + 1;
  fastify.server.maxConnections = 10_000;
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  fastify.decorate('knownRoutes', new KnownRoutes());
  fastify.decorateRequest('correlator', '');
  fastify.decorateRequest('blame', undefined);
  fastify.decorateRequest('trace', undefined);
  const found = metrics.process.logScrubbed.bind(metrics.process);
  fastify.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(request, reply, found);
    treatBadMediaTypeAsUnknown(request);
    done(request.raw.rawHeaders.length > 2 * MAX_HEADERS ? new Problem('headersTooLarge') : undefined);
  });
  // Not earlier: what follows the arrival of a body is not done in the name of what came before it.
  fastify.addHook('preHandler', (request, _reply, done) => callFor(request.trace!, done));
  installMetrics(fastify, metrics, calls);
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
function installMetrics(fastify: FastifyInstance, metrics: Metrics, calls: CallLog): void {
  const answered = (plane: Plane, route: string, method: string) => {
    const series = metrics.http.route(plane, route, method);
    return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const { statusCode: status, elapsedTime: durationMs } = reply;
      const outcomeClass = outcomeClassOf(status, request.blame ?? request.trace?.blame);
      series.answered(status, outcomeClass, durationMs / 1000);
      const trace = request.trace!;
      const by = method === 'any' ? request.method : method;
      calls.ended({ trace, plane, route, method: by, status, outcomeClass, durationMs });
      done();
    };
  };
  fastify.addHook('onRoute', (route) => {
    fastify.knownRoutes.add(route.url, route.method);
    if (planeOf(route.url) === 'admin') route.bodyLimit = ADMIN_BODY_LIMIT;
    const method = typeof route.method === 'string' ? route.method : 'any';
    const plane = planeOf(route.url);
    route.onRequest = [presence(metrics, plane), route.onRequest ?? []].flat();
    route.onResponse = [route.onResponse ?? [], answered(plane, route.url, method)].flat();
  });
  const unrouted = answered('other', 'other', 'any');
  fastify.decorate('unrouted', unrouted);
  const unreadable = metrics.http.route('other', 'other', 'any');
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.is404) unrouted(request, reply, done);
    else done();
  });
  fastify.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const problem = clientProblem(error);
    if (problem === undefined) return;
    const { status, code, reason, blame } = PROBLEMS[problem];
    const trace = Object.assign(new CallTrace(correlatorOn(socket)), { code, reason, blame });
    const outcomeClass = 'client_error';
    calls.ended({
      trace,
      plane: 'other',
      route: 'other',
      method: 'any',
      status,
      outcomeClass,
      durationMs: 0,
    });
    unreadable.answered(status, outcomeClass, 0);
  });
}

/** Who waits for an answer, and who did not wait for it. */
function presence(metrics: Metrics, plane: Plane) {
  const ended = function ended(this: ServerResponse): void {
    metrics.http.left(plane);
    if (!this.writableFinished) metrics.http.callerGone(plane);
  };
  return (_request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    metrics.http.arrived(plane);
    reply.raw.on('close', ended);
    done();
  };
}
