import { randomUUID } from 'node:crypto';
import { STATUS_CODES, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PROBLEMS, ProblemName } from '../contract/problem.js';
import { problemBody } from './send-problem.js';

/** Node's name of what was wrong with the bytes → our problem; everything else is not HTTP: 400. */
const BY_CODE: Readonly<Record<string, ProblemName>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'requestTooSlow',
  HPE_HEADER_OVERFLOW: 'headersTooLarge',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payloadTooLarge',
};

/** What was answered as x-correlator on connections that brought no request. */
const correlators = new WeakMap<Socket, string>();

/** @returns the x-correlator of the answer to these bytes */
export function correlatorOn(socket: Socket): string {
  const known = correlators.get(socket) ?? randomUUID();
  correlators.set(socket, known);
  return known;
}

/** @returns undefined when the caller is gone and nobody can be answered */
export function clientProblem(error: NodeJS.ErrnoException): ProblemName | undefined {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return undefined;
  return BY_CODE[error.code ?? ''] ?? 'invalidArgument';
}

/**
 * Answers bytes that never became a request (too slow, too large, not HTTP) in CAMARA's shape and hangs up.
 * Nothing is written where an answer to an earlier request is already on its way.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const name = clientProblem(error);
  const answering = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
  if (name !== undefined && socket.writable && answering?.headersSent !== true) {
    const { status } = PROBLEMS[name];
    const body = problemBody(name);
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
        'content-type: application/json\r\n' +
        `content-length: ${body.length}\r\n` +
        `x-correlator: ${correlatorOn(socket)}\r\n` +
        'cache-control: no-store\r\n' +
        'connection: close\r\n\r\n',
    );
    socket.write(body);
  }
  socket.destroySoon();
}
