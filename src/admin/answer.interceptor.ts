import { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { FastifyReply, FastifyRequest } from 'fastify';
import { NEVER, Observable, mergeMap } from 'rxjs';
import { Answer } from './answer.js';
import { sendJson } from './send.js';

/** Writes what the operations return: status, ETag, Location, 304 for what the caller has already. */
export class AnswerInterceptor implements NestInterceptor<Answer | undefined, never> {
  intercept(context: ExecutionContext, next: CallHandler<Answer | undefined>): Observable<never> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      mergeMap((answer) => {
        // Whoever streams has taken the reply over.
        if (answer) write(answer, request, reply);
        // Nest would send whatever comes, and take the end of an empty stream for an error.
        return NEVER;
      }),
    );
  }
}

function write({ status, body, headers = {} }: Answer, request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  const known = request.method === 'GET' && headers['etag'] !== undefined;
  if (known && request.headers['if-none-match'] === headers['etag']) reply.code(304).send();
  else if (body === undefined) reply.code(status).send();
  else sendJson(reply, status, body);
}
