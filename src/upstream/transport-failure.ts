import { Problem, ProblemName } from '../contract/problem.js';
import { OUT_OF_REACH } from './connector.js';

/** Why no answer came, as the metric names it. */
type TransportReason =
  | 'dns'
  | 'ssrf'
  | 'refused'
  | 'connect_timeout'
  | 'tls'
  | 'ttfb'
  | 'body'
  | 'reset'
  | 'reused_socket'
  | 'truncated'
  | 'too_large'
  | 'encoding'
  | 'headers_overflow'
  | '1xx';

/** How far a request had come. `queued`: no connection had taken it, so that no byte of it can have left. */
export type Progress = 'queued' | 'sent' | 'answering';

/** What became of a request that got no whole answer. */
export interface TransportFailure {
  readonly problem: ProblemName;
  readonly reason: TransportReason;
  readonly neverSent: boolean;
  /** A second connection may fare better: true only for requests of which no byte was sent. */
  readonly retry: boolean;
}

type Failure = Omit<TransportFailure, 'neverSent'>;

const unreachable = (reason: TransportReason, retry = false): Failure => ({
  problem: 'operatorUnreachable',
  reason,
  retry,
});
const broken = (reason: TransportReason): Failure => ({
  problem: 'operatorRouteBroken',
  reason,
  retry: false,
});

/** OpenSSL's verification errors (X509_V_ERR_*, as Node names them) and Node's own for a wrong host name. */
const CERTIFICATE =
  /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_CERT_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_MISMATCH$|ERR_TLS_CERT_)/;
const DNS = /^(ENOTFOUND|EAI_|ENODATA$|ESERVFAIL$|EREFUSED$|ETIMEOUT$)/;
const TLS = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;

/**
 * Names a failure of undici or of the socket below it.
 * After the first byte nothing may be repeated: the operator's single-use token may be spent (NV 2.1.1).
 */
export function classify(error: Error, progress: Progress): TransportFailure {
  const code = 'code' in error ? String(error.code) : '';
  const failure = progress === 'queued' ? connecting(code) : exchanging(code, error, progress);
  return { ...failure, neverSent: progress === 'queued' };
}

/** What the end of the call's time means at each stage. */
export function expired(progress: Progress): TransportFailure {
  const reason = progress === 'queued' ? 'connect_timeout' : progress === 'sent' ? 'ttfb' : 'body';
  return { problem: 'operatorTimeout', reason, retry: false, neverSent: progress === 'queued' };
}

/** An answer that we stopped reading: too large, encoded although we asked for identity, endless 1xx. */
export function refused(reason: 'too_large' | 'encoding' | '1xx'): TransportFailure {
  return { ...broken(reason), neverSent: false };
}

/** @returns the failure as what the caller may know; `detail` is the reason, for logs. */
export function toProblem(failure: TransportFailure, cause?: Error): Problem {
  const { problem, reason, neverSent } = failure;
  return new Problem(problem, { detail: reason, neverSent, cause });
}

function connecting(code: string): Failure {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return { problem: 'operatorTimeout', reason: 'connect_timeout', retry: true };
  }
  if (code === OUT_OF_REACH) return unreachable('ssrf');
  if (CERTIFICATE.test(code)) return unreachable('tls');
  if (TLS.test(code)) return unreachable('tls', true);
  if (DNS.test(code)) return unreachable('dns', true);
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return unreachable('reset', true);
  // The pool is closing: this process is going away.
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return unreachable('refused');
  return unreachable('refused', true);
}

function exchanging(code: string, error: Error, progress: 'sent' | 'answering'): Failure {
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return broken('headers_overflow');
  }
  // undici gives up on an unsolicited 100 by these words.
  if (error.message === 'bad response') return broken('1xx');
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return unreachable('truncated');
  if (TLS.test(code)) return unreachable('tls');
  if (progress === 'answering') {
    return unreachable(code === 'UND_ERR_SOCKET' || code === 'HPE_INVALID_EOF_STATE' ? 'truncated' : 'reset');
  }
  return unreachable(earlierBytesOn(error) > 0 ? 'reused_socket' : 'reset');
}

/** Bytes the peer had sent on this connection before it closed it without an answer to this request. */
function earlierBytesOn(error: Error): number {
  const socket = 'socket' in error ? (error.socket as { bytesRead?: number } | null) : null;
  return socket?.bytesRead ?? 0;
}
