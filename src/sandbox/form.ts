import { FastifyRequest } from 'fastify';

/** @returns the parameters of a form; undefined when one is repeated (RFC 6749 3.2) */
export function readForm({ body }: FastifyRequest): URLSearchParams | undefined {
  const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  return [...form.keys()].length === new Set(form.keys()).size ? form : undefined;
}
