import { FastifyReply } from 'fastify';

/** Answers with JSON of the bare media type: bytes, because Fastify would add a charset to that of a string. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): void {
  reply
    .code(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify(body)));
}
