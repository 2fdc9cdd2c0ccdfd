import { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../contract/problem.js';
import { answerClientError } from './client-error.js';
import { setCommonHeaders } from './correlation.js';
import { Departure } from './departure.js';
import { sendProblem } from './send-problem.js';

const SECONDS = 1000;

/** Bytes of a request body; the longest legal one of Number Verification is below 100. */
const BODY_LIMIT = 4096;

/** Headers of one request; Node itself would silently drop those beyond its own limit. */
export const MAX_HEADERS = 100;

/**
 * Options of Nest's FastifyAdapter: small limits, short deadlines, errors in CAMARA's shape even where no
 * route was reached. HEAD routes are not made from GET ones: a HEAD would spend the caller's token unseen.
 * Client addresses are no business of this server, hence no `trustProxy`.
 * @param departure says when the server is about to close
 */
export function fastifyOptions(departure = new Departure()) {
  return {
    bodyLimit: BODY_LIMIT,
    // The longest x-correlator, which the admin API is asked for.
    routerOptions: { maxParamLength: 256 },
    requestTimeout: 10 * SECONDS,
    keepAliveTimeout: 10 * SECONDS,
    exposeHeadRoutes: false,
    // Requests pipelined behind the last one of a closing process are still answered.
    return503OnClosing: false,
    http: {
      ServerResponse: departure.Response,
      maxHeaderSize: 8192,
      headersTimeout: 5 * SECONDS,
      requestTimeout: 10 * SECONDS,
      keepAliveTimeout: 10 * SECONDS,
      connectionsCheckingInterval: SECONDS,
      // Otherwise Node keeps the first of two Authorization headers and hides the second.
      joinDuplicateHeaders: true,
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: answerUnroutable,
  };
}

/** A target that cannot be routed, such as `/%zz`: no hook has run, no filter will. */
function answerUnroutable(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  setCommonHeaders(request, reply);
  reply.raw.once('finish', () => request.server.unrouted(request, reply, () => {}));
  sendProblem(reply, new Problem('invalidArgument'));
}
