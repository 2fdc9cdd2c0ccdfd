import { randomUUID } from 'node:crypto';
import { FastifyReply, FastifyRequest } from 'fastify';
import { isCorrelator } from '../contract/correlator.js';
import { CallTrace } from '../telemetry/call-trace.js';
import { Found, scrubCorrelator } from '../telemetry/scrub.js';
import { currentTraceId } from '../telemetry/trace-id.js';
import { invalidArgument } from './json-body.js';

/**
 * The x-correlator this request is answered with: the caller's own when valid and not empty, otherwise a
 * fresh one, never a bad one echoed (Commonalities r4.4, x-correlator). Absent and empty are legal; the
 * walk refuses a bad one in its turn.
 */
function correlatorOf(request: FastifyRequest): string {
  const given = request.headers['x-correlator'];
  return typeof given === 'string' && given !== '' && isCorrelator(given) ? given : randomUUID();
}

/**
 * Headers of every answer of ours, set before anything can answer; a hijacked reply does not carry them. From here on
 * the request has a trace.
 * @param found told of what was scrubbed from the caller's x-correlator
 */
export function setCommonHeaders(request: FastifyRequest, reply: FastifyReply, found?: Found): void {
  request.correlator = correlatorOf(request);
  request.trace = new CallTrace(scrubCorrelator(request.correlator, found), currentTraceId());
  reply.header('x-correlator', request.correlator).header('cache-control', 'no-store');
}

/** @throws Problem invalidArgument for a value outside the pattern of CAMARA 2.1 (Commonalities r3.4, XCorrelator) */
export function requireCorrelator(given: string | undefined): void {
  if (given !== undefined && !isCorrelator(given)) throw invalidArgument('x-correlator');
}
