import { FastifyReply } from 'fastify';

/** Sends a body under exactly this content type: to a string of JSON Fastify would add a charset. */
export function send(reply: FastifyReply, status: number, contentType: string, body: string): FastifyReply {
  return reply.code(status).header('content-type', contentType).send(Buffer.from(body));
}

/** Sends a JSON document that is neither verdict nor refusal. */
export function sendJson(reply: FastifyReply, document: unknown, status = 200): FastifyReply {
  return send(reply, status, 'application/json', JSON.stringify(document));
}
