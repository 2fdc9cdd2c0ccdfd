import { Injectable } from '@nestjs/common';
import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Operators } from '../operators/operators.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { AuthorizationServer } from './authorization-server.js';
import { ERROR_PAGE } from './error-page.js';
import { rewind } from './form-body.js';
import { JwtBearerEndpoint } from './jwt-bearer-endpoint.js';
import { OperatorCallback } from './operator-callback.js';
import { AUTHORIZE_PATH, BC_AUTHORIZE_PATH, DISCOVERY_PATH, TOKEN_PATH } from './paths.js';

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
    readonly jwtBearer: JwtBearerEndpoint,
  ) {}
}

/** The authorization server's paths; an encapsulated plugin, with a body parser of its own. */
export function brokerRoutes(parts: RouteParts) {
  const { server, callback, signingKeys, operators } = parts;
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
    fastify.post(AUTHORIZE_PATH, authorizeByPost(server));
    fastify.post(BC_AUTHORIZE_PATH, throughLibrary(server, BC_AUTHORIZE_PATH));
    fastify.post(TOKEN_PATH, token(parts));
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

/** The library knows every grant but the one that needs no client authentication beside it. */
function token({ server, jwtBearer }: RouteParts) {
  const library = throughLibrary(server, TOKEN_PATH);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> | void => {
    const { body } = request;
    if (!(body instanceof Buffer) || !jwtBearer.takes(body)) return library(request, reply);
    return jwtBearer.answer(body).then((answer) => sendOAuth(reply, answer.status, answer.body));
  };
}

function throughLibrary(server: AuthorizationServer, path: string) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    hijack(reply);
    if (request.body instanceof Buffer) rewind(request.raw, request.body);
    server.enter(request.raw, reply.raw, path + queryOf(request)).catch(() => reply.raw.destroy());
  };
}

/** OpenID Connect Core §3.1.2.1: the same request in a form, which is all that is read then. */
function authorizeByPost(server: AuthorizationServer) {
  return ({ raw, body }: FastifyRequest, reply: FastifyReply): void => {
    hijack(reply);
    raw.method = 'GET';
    const form = body instanceof Buffer ? body.toString() : '';
    server.enter(raw, reply.raw, `${AUTHORIZE_PATH}?${form}`).catch(() => reply.raw.destroy());
  };
}

/** @returns `?…` as it came; empty without one */
function queryOf({ raw }: FastifyRequest): string {
  return raw.url!.replace(/^[^?]*/, '');
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
  return sendOAuth(reply, status, { error: status === 500 ? 'server_error' : 'invalid_request' });
}

/** RFC 6749 §5. */
function sendOAuth(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json')
    .send(JSON.stringify(body));
}
