import { LoadRecord } from './load-record.js';

/** An answer as it came from the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

type Reading = Pick<LoadRecord, 'status' | 'code' | 'verdict' | 'retryAfter' | 'pod' | 'illegal'>;

/** Every status and code Number Verification 2.1 and Commonalities r4.2 allow together; 408, 413, 431 as RFC 9110 has them. */
export const LEGAL: ReadonlySet<string> = new Set([
  '400 INVALID_ARGUMENT',
  '401 UNAUTHENTICATED',
  '403 PERMISSION_DENIED',
  '403 NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK',
  '404 NOT_FOUND',
  '404 IDENTIFIER_NOT_FOUND',
  '405 METHOD_NOT_ALLOWED',
  '406 NOT_ACCEPTABLE',
  '408 INVALID_ARGUMENT',
  '413 INVALID_ARGUMENT',
  '415 UNSUPPORTED_MEDIA_TYPE',
  '422 SERVICE_NOT_APPLICABLE',
  '429 TOO_MANY_REQUESTS',
  '429 QUOTA_EXCEEDED',
  '431 INVALID_ARGUMENT',
  '500 INTERNAL',
  '502 BAD_GATEWAY',
  '503 UNAVAILABLE',
  '504 TIMEOUT',
]);

const VERDICT = /^\{"devicePhoneNumberVerified":(true|false)\}$/;
const NUMBER = /^\{"devicePhoneNumber":"(\+[1-9][0-9]{4,14})"\}$/;
/** Phone numbers, hashes, tokens: nothing of the kind may stand in an error. */
export const PRIVATE = /\d{7}|[0-9a-fA-F]{32}|~[0-9a-f]{8}/;

/** Reads an answer the way a suspicious client does: anything unforeseen is illegal. */
export function readAnswer(
  answer: WireAnswer,
  operation: LoadRecord['operation'],
  correlator: string,
): Reading {
  const { status, headers, body } = answer;
  const pod = String(headers['x-balancer-pod'] ?? '');
  const lost = headers['x-balancer-error'];
  if (lost !== undefined) {
    return { status: 0, code: String(lost), verdict: '', retryAfter: undefined, pod, illegal: '' };
  }
  const retryAfter = headers['retry-after'] === undefined ? undefined : Number(headers['retry-after']);
  const faults: string[] = [];
  if (headers['x-correlator'] !== correlator) faults.push('x-correlator');
  if (headers['content-type'] !== 'application/json') faults.push('content-type');
  if (headers['cache-control'] !== 'no-store') faults.push('cache-control');
  const common = { status, retryAfter, pod };
  if (status === 200) {
    const verdict = (operation === 'verify' ? VERDICT : NUMBER).exec(body)?.[1] ?? '';
    if (verdict === '') faults.push('body of a 200');
    return { ...common, code: '', verdict, illegal: faults.join(', ') };
  }
  const code = codeOf(body, status, faults);
  if (!LEGAL.has(`${status} ${code}`)) faults.push(`${status} ${code}`);
  if (status === 503 && !(retryAfter !== undefined && retryAfter >= 1)) faults.push('retry-after');
  return { ...common, code, verdict: '', illegal: faults.join(', ') };
}

function codeOf(body: string, status: number, faults: string[]): string {
  if (PRIVATE.test(body)) faults.push('something private in the body');
  try {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    if (Object.keys(parsed).sort().join() !== 'code,message,status') faults.push('keys of ErrorInfo');
    if (parsed.status !== status) faults.push('status in the body');
    if (typeof parsed.message !== 'string' || parsed.message === '') faults.push('message');
    return String(parsed.code);
  } catch {
    faults.push('no ErrorInfo');
    return '';
  }
}
