import { ArgumentsHost, Catch, ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, ProblemName } from '../contract/problem.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { sendProblem } from './send-problem.js';

/** Refusals of Nest and Fastify themselves, by HTTP status. */
const BY_STATUS: Readonly<Record<number, ProblemName>> = {
  400: 'invalidArgument',
  401: 'tokenInvalid',
  403: 'permissionDenied',
  408: 'requestTooSlow',
  413: 'payloadTooLarge',
  415: 'unsupportedMediaType',
  429: 'rateLimited',
  431: 'headersTooLarge',
};

/** Every error of every route as CAMARA's ErrorInfo. What is no Problem is our bug: a bare 500, logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // The authorization server writes its own answers, in OAuth's shape, on replies it has taken over.
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(reply, error instanceof Problem ? error : this.problemOf(error, request, reply));
  }

  private problemOf(error: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    if (status === 404) return unknownRoute(request, reply);
    const name = BY_STATUS[status];
    if (name !== undefined) return new Problem(name);
    if (hungUp(request))
      return new Problem('invalidArgument', { detail: 'the caller hung up within its request' });
    this.logger.error({ err: error, x_correlator: request.correlator }, 'unexpected error');
    return new Problem('internal');
  }
}

/** Nobody reads the answer; what counts is that the fault is not ours. */
function hungUp({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

/** 405 with `Allow` where the path exists with other methods, 404 where it does not. */
function unknownRoute(request: FastifyRequest, reply: FastifyReply): Problem {
  const allowed = request.server.knownRoutes.methodsAt(request.url);
  if (allowed.length === 0 || allowed.includes(request.method)) return new Problem('notFound');
  reply.header('allow', allowed.join(', '));
  return new Problem('methodNotAllowed');
}
