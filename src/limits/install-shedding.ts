import { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { PROBLEMS, Problem } from '../contract/problem.js';
import { ShedClass } from '../telemetry/limit-metrics.js';
import { Shedding } from './shedding.js';

/** Beginnings of paths. A route that none begins with is of the class `rest`. */
export interface ShedPaths {
  /** What completes something begun: a verification, a token, an operator's callback. */
  readonly finish: readonly string[];
  /** What begins a sign-in. */
  readonly start: readonly string[];
  /** Which of all of them answer in the shape of OAuth. */
  readonly oauth: readonly string[];
  /** What is never refused. */
  readonly never?: readonly string[];
}

const RETRY_AFTER_SECONDS = 1;
/** RFC 6749, 4.1.2.1: at the token endpoint it is not registered, and says what is meant. */
const OAUTH_REFUSAL = Buffer.from('{"error":"temporarily_unavailable"}');

/**
 * Refuses what is too much before anything is done for it: one comparison of two numbers per request. A request takes
 * its seat once its body is there (who sends it slowly holds none) and frees it with the connection's last word.
 * Call it once, before routes are registered.
 */
export function installShedding(fastify: FastifyInstance, shedding: Shedding, paths: ShedPaths): void {
  const classOf = (url: string): ShedClass => {
    if (begins(url, paths.finish)) return 'finish';
    return begins(url, paths.start) ? 'start' : 'rest';
  };
  const leave = (): void => shedding.leave();
  const seat = (_request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    shedding.enter();
    reply.raw.on('close', leave);
    done();
  };
  fastify.addHook('onRoute', (route) => {
    if (begins(route.url, paths.never)) return;
    const urgency = classOf(route.url);
    const refuse = begins(route.url, paths.oauth) ? refuseAsOAuth : refuseAsProblem;
    const check: onRequestHookHandler = (request, reply, done) => {
      if (shedding.refuses(urgency)) refuse(request, reply, done);
      else done();
    };
    route.onRequest = [route.onRequest ?? [], check].flat();
    route.preHandler = [seat, route.preHandler ?? []].flat();
  });
  shedding.start();
}

function refuseAsProblem(
  _request: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  done(new Problem('shed', { retryAfterSeconds: RETRY_AFTER_SECONDS }));
}

function refuseAsOAuth(request: FastifyRequest, reply: FastifyReply): void {
  request.blame = PROBLEMS.shed.blame;
  reply
    .code(PROBLEMS.shed.status)
    .header('retry-after', String(RETRY_AFTER_SECONDS))
    .header('content-type', 'application/json')
    .header('cache-control', 'no-store')
    .send(OAUTH_REFUSAL);
}

function begins(url: string, prefixes: readonly string[] = []): boolean {
  return prefixes.some((prefix) => url.startsWith(prefix));
}
