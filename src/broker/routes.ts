import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Operators } from '../operators/operators.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { AUTHORIZE_PATH, DISCOVERY_PATH, TOKEN_PATH } from './around.js';
import { AuthorizationServer } from './authorization-server.js';
import { ERROR_PAGE } from './error-page.js';
import { OperatorCallback } from './operator-callback.js';

const FORM = 'application/x-www-form-urlencoded';
const BODY_LIMIT = 32 * 1024;
const JWKS_MAX_AGE_SECONDS = 300;

interface OperatorPath {
  operatorId: string;
  registrationId: string;
}

/** Who answers. */
@Injectable()
export class RouteParts {
  constructor(
    readonly server: AuthorizationServer,
    readonly callback: OperatorCallback,
    readonly signingKeys: SigningKeys,
    readonly operators: Operators,
  ) {}
}

/** The authorization server's paths; an encapsulated plugin, with a body parser of its own. */
export function brokerRoutes({ server, callback, signingKeys, operators }: RouteParts) {
  return async (fastify: FastifyInstance): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    // Unparsed: an object would hide parameters that are given twice.
    fastify.addContentTypeParser(FORM, { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
    fastify.setErrorHandler(answerBadRequest);

    fastify.get(DISCOVERY_PATH, throughLibrary(server, DISCOVERY_PATH));
    fastify.get(AUTHORIZE_PATH, throughLibrary(server, AUTHORIZE_PATH));
    fastify.post(TOKEN_PATH, throughLibrary(server, TOKEN_PATH));
    fastify.get('/jwks', (_request, reply) => sendJwks(reply, signingKeys.jwks('oidc')));

    fastify.get<{ Params: OperatorPath }>(
      '/upstream/:operatorId/:registrationId/callback',
      async (request, reply) => {
        const { operatorId, registrationId } = request.params;
        hijack(reply);
        const status = await callback.answer(
          { operatorId, registrationId, query: queryOf(request) },
          request.raw,
          reply.raw,
        );
        if (status !== undefined && !reply.raw.headersSent) sendErrorPage(reply, status);
      },
    );
    fastify.get<{ Params: OperatorPath }>('/upstream/:operatorId/jwks', (request, reply) => {
      const operator = operators.get(request.params.operatorId);
      if (operator?.auth.client.method !== 'private_key_jwt') return reply.callNotFound();
      return sendJwks(reply, signingKeys.jwks(`operator:${operator.id}`));
    });
  };
}

function throughLibrary(server: AuthorizationServer, path: string) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    hijack(reply);
    if (request.body instanceof Buffer) rewind(request.raw, request.body);
    server.enter(request.raw, reply.raw, path + queryOf(request)).catch(() => reply.raw.destroy());
  };
}

/** @returns `?…` as it came; empty without one */
function queryOf({ raw }: FastifyRequest): string {
  return raw.url!.replace(/^[^?]*/, '');
}

/** The library reads the body itself, and would warn of one that is already parsed. */
function rewind(request: IncomingMessage, body: Buffer): void {
  Object.assign(request, { body: body.toString() });
  Object.defineProperties(request, {
    readable: { value: true },
    iterator: { value: () => Readable.from([body]) },
  });
}

/** The answer is written by the library, with the headers that every answer of ours has. */
function hijack(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
}

function sendErrorPage({ raw }: FastifyReply, status: number): void {
  raw.writeHead(status, ERROR_PAGE.headers).end(ERROR_PAGE.body);
}

function sendJwks(reply: FastifyReply, jwks: { keys: object[] }): FastifyReply {
  return reply
    .header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
    .type('application/jwk-set+json')
    .send(JSON.stringify(jwks));
}

/** What Fastify refuses by itself: too long, broken lengths, unreadable targets. OAuth-shaped, no text of the error. */
function answerBadRequest(
  error: { statusCode?: number },
  _request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json')
    .send(JSON.stringify({ error: status === 500 ? 'server_error' : 'invalid_request' }));
}
