import { Operation } from '../contract/number-verification.js';
import { Problem, ProblemName } from '../contract/problem.js';
import { parseStrictJson } from '../contract/strict-json.js';
import { UpstreamAnswer } from './dialect.js';
import { retryAfterSeconds } from './retry-after.js';

/** What an error answer means, by `"<HTTP status> <code>"`. What is not listed is read by its status alone. */
export type ErrorCodes = Readonly<Record<string, ProblemName>>;

/**
 * Codes that mean the same in every version: of Number Verification itself and of the Commonalities error
 * catalogue. 401 and 403 `invalid_client` (RFC 6749 5.2) refuse the gateway, not its caller.
 */
export const COMMON_CODES: ErrorCodes = {
  '401 invalid_client': 'gatewayCredentials',
  '403 invalid_client': 'gatewayCredentials',
  '403 PERMISSION_DENIED': 'operatorPermissionDenied',
  '403 NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK': 'notMobileNetwork',
  '404 IDENTIFIER_NOT_FOUND': 'identifierNotFound',
  '422 MISSING_IDENTIFIER': 'tokenWithoutNumber',
  '422 SERVICE_NOT_APPLICABLE': 'notApplicable',
  '422 UNSUPPORTED_IDENTIFIER': 'notApplicable',
  '429 QUOTA_EXCEEDED': 'operatorQuotaExceeded',
};

/** NV 0.3, 0.4 and 1.0.0-rc.1: the token tells no number. From 1.0.0 on without the prefix, gone since 1.1. */
export const PREFIXED_TOKEN_CONTEXT: ErrorCodes = {
  '403 NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT': 'tokenWithoutNumber',
};

/** NV 1.0 to 2.0: log in again. Operators have sent it with 403, too. */
export const AUTHENTICATION_REQUIRED: ErrorCodes = {
  '401 AUTHENTICATION_REQUIRED': 'reauthRequired',
  '403 AUTHENTICATION_REQUIRED': 'reauthForbidden',
};

const BY_STATUS: Readonly<Record<number, ProblemName>> = {
  401: 'operatorTokenInvalid',
  402: 'operatorQuotaExceeded',
  403: 'operatorPermissionDenied',
  // Wrong base path, or an endpoint that is not there: every further call would end the same way.
  404: 'operatorRouteBroken',
  405: 'operatorRouteBroken',
  408: 'operatorTimeout',
  415: 'operatorRouteBroken',
  429: 'operatorRateLimited',
  503: 'operatorUnavailable',
  504: 'operatorTimeout',
};

/** Problems whose Retry-After is ours to obey. */
const PACED: ReadonlySet<ProblemName> = new Set([
  'operatorQuotaExceeded',
  'operatorRateLimited',
  'operatorUnavailable',
]);

/**
 * Reads any answer that is not 200. The HTTP status wins over what the body says of it; message texts are
 * never read (not normative) and never passed on.
 * @returns the problem to throw; never a verdict
 */
export function refusal(answer: UpstreamAnswer, operation: Operation, codes: ErrorCodes): Problem {
  const code = errorCode(answer.body);
  const name = known(answer.status, code, codes) ?? byStatus(answer.status, operation);
  return new Problem(name, {
    detail: `operator answered ${answer.status}`,
    retryAfterSeconds: PACED.has(name) ? retryAfterSeconds(answer.headers) : undefined,
  });
}

function known(status: number, code: string | undefined, codes: ErrorCodes): ProblemName | undefined {
  if (code === undefined) return undefined;
  const exact = codes[`${status} ${code}`];
  if (exact || status !== 401) return exact;
  return codes[`403 ${code}`] && 'reauthRequired'; // a 403 body inside a 401
}

function byStatus(status: number, operation: Operation): ProblemName {
  // On share the consumer sent nothing that could be wrong.
  if (status === 400) return operation === 'verify' ? 'operatorRefusedArgument' : 'operatorMisbehaved';
  const listed = BY_STATUS[status];
  if (listed) return listed;
  // A redirect is never followed: it would hand the token to wherever it points.
  if (status >= 300 && status < 400) return 'operatorRouteBroken';
  if (status >= 500 && status < 600) return 'operatorFailed';
  return 'operatorMisbehaved';
}

/** ErrorInfo's `code`, or OAuth's `error` (RFC 6749 5.2); undefined when the body holds neither. */
function errorCode(body: string): string | undefined {
  try {
    const parsed = parseStrictJson(body);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const { code, error } = parsed as { code?: unknown; error?: unknown };
    return [code, error].find((value) => typeof value === 'string');
  } catch {
    return undefined;
  }
}
