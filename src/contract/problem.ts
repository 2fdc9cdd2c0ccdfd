/** Whose fault an answer is: only `gateway` counts against our own service level. */
export type Blame = 'gateway' | 'operator' | 'client';

interface ProblemRow {
  /** HTTP status on the wire; always equal to `status` in the body. */
  status: number;
  /** CAMARA error code (Commonalities r4.2, Number Verification 2.1.1). */
  code: string;
  message: string;
  /** What really happened, finer than the wire code: facades for other versions and the ledger keep it. */
  reason: string;
  blame: Blame;
  /** Counts as a failure for the operator's circuit breaker. */
  trips: boolean;
}

const row = (
  status: number,
  code: string,
  message: string,
  reason: string,
  blame: Blame,
  trips = false,
): ProblemRow => ({ status, code, message, reason, blame, trips });

const INVALID_ARGUMENT = 'Client specified an invalid argument, request body or query param.';
const UNAUTHENTICATED =
  'Request not authenticated due to missing, invalid, or expired credentials. A new authentication is required.';
const PERMISSION_DENIED = 'Client does not have sufficient permissions to perform this action.';
const NOT_MOBILE = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';
const NOT_MOBILE_MESSAGE = 'Client must authenticate via the mobile network to use this service';
const BAD_GATEWAY = 'An upstream internal service cannot be reached.';
const UNAVAILABLE = 'Service Unavailable.';
const TIMEOUT = 'Request timeout exceeded.';

/**
 * Every answer that is not a verdict, by name. Codes and messages: Commonalities r4.2 and NV 2.1.1.
 * Several names may share one wire code: callers see the code, ledger, metrics and facades see the reason.
 */
export const PROBLEMS = {
  invalidArgument: row(400, 'INVALID_ARGUMENT', INVALID_ARGUMENT, 'INVALID_REQUEST', 'client'),
  /** The operator refused a body that we had already validated: mostly a numbering-plan refusal. */
  operatorRefusedArgument: row(400, 'INVALID_ARGUMENT', INVALID_ARGUMENT, 'INVALID_REQUEST', 'client'),
  tokenInvalid: row(401, 'UNAUTHENTICATED', UNAUTHENTICATED, 'UNAUTHENTICATED', 'client'),
  /** The operator no longer takes its own token. */
  operatorTokenInvalid: row(401, 'UNAUTHENTICATED', UNAUTHENTICATED, 'UNAUTHENTICATED', 'client'),
  reauthRequired: row(401, 'UNAUTHENTICATED', UNAUTHENTICATED, 'REAUTH_REQUIRED', 'client'),
  permissionDenied: row(403, 'PERMISSION_DENIED', PERMISSION_DENIED, 'PERMISSION', 'client'),
  /** The operator denied its own token's permission. */
  operatorPermissionDenied: row(403, 'PERMISSION_DENIED', PERMISSION_DENIED, 'PERMISSION', 'client'),
  /** A log-in-again code inside a 403: the HTTP status wins. */
  reauthForbidden: row(403, 'PERMISSION_DENIED', PERMISSION_DENIED, 'REAUTH_REQUIRED', 'client'),
  notMobileNetwork: row(403, NOT_MOBILE, NOT_MOBILE_MESSAGE, 'NOT_MOBILE_AUTH', 'client'),
  tokenWithoutNumber: row(403, NOT_MOBILE, NOT_MOBILE_MESSAGE, 'TOKEN_NO_NUMBER', 'client'),
  notFound: row(404, 'NOT_FOUND', 'The specified resource is not found.', 'NOT_FOUND', 'client'),
  identifierNotFound: row(
    404,
    'IDENTIFIER_NOT_FOUND',
    'Device identifier not found.',
    'IDENT_NOT_FOUND',
    'client',
  ),
  methodNotAllowed: row(
    405,
    'METHOD_NOT_ALLOWED',
    'The requested method is not allowed/supported on the target resource.',
    'METHOD_NOT_ALLOWED',
    'client',
  ),
  notAcceptable: row(
    406,
    'NOT_ACCEPTABLE',
    'The server cannot produce a response matching the content requested by the client through `Accept-*` headers.',
    'NOT_ACCEPTABLE',
    'client',
  ),
  /** 408, 413 and 431 keep their HTTP status; Commonalities has no code of their own for them. */
  requestTooSlow: row(408, 'INVALID_ARGUMENT', INVALID_ARGUMENT, 'REQUEST_TOO_SLOW', 'client'),
  payloadTooLarge: row(413, 'INVALID_ARGUMENT', INVALID_ARGUMENT, 'PAYLOAD_TOO_LARGE', 'client'),
  headersTooLarge: row(431, 'INVALID_ARGUMENT', INVALID_ARGUMENT, 'HEADERS_TOO_LARGE', 'client'),
  unsupportedMediaType: row(
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'The server refuses to accept the request because the payload format is in an unsupported format.',
    'UNSUPPORTED_MEDIA_TYPE',
    'client',
  ),
  notApplicable: row(
    422,
    'SERVICE_NOT_APPLICABLE',
    'The service is not available for the provided identifier.',
    'NOT_APPLICABLE',
    'client',
  ),
  rateLimited: row(429, 'TOO_MANY_REQUESTS', 'Rate limit reached.', 'RATE_LIMITED', 'client'),
  quotaExceeded: row(429, 'QUOTA_EXCEEDED', 'Out of resource quota.', 'QUOTA_EXCEEDED', 'client'),
  internal: row(500, 'INTERNAL', 'Unknown server error. Typically a server bug.', 'INTERNAL', 'gateway'),
  /** The operator answered what its dialect does not define, or asked us for what only we could get wrong. */
  operatorMisbehaved: row(502, 'BAD_GATEWAY', BAD_GATEWAY, 'UPSTREAM_CONTRACT', 'operator'),
  /** The same, but so that the whole route must be taken for broken: wrong base path, redirect, garbage in a 200. */
  operatorRouteBroken: row(502, 'BAD_GATEWAY', BAD_GATEWAY, 'UPSTREAM_CONTRACT', 'operator', true),
  operatorFailed: row(502, 'BAD_GATEWAY', BAD_GATEWAY, 'UPSTREAM_ERROR', 'operator', true),
  operatorUnreachable: row(502, 'BAD_GATEWAY', BAD_GATEWAY, 'UPSTREAM_UNREACHABLE', 'operator', true),
  operatorUnavailable: row(503, 'UNAVAILABLE', UNAVAILABLE, 'UPSTREAM_UNAVAILABLE', 'operator', true),
  /** Our own rate at the operator, never the tenant's: a northbound 429 always means the tenant's limit. */
  operatorRateLimited: row(503, 'UNAVAILABLE', UNAVAILABLE, 'RATE_OPERATOR', 'operator'),
  operatorQuotaExceeded: row(503, 'UNAVAILABLE', UNAVAILABLE, 'QUOTA_OPERATOR', 'operator'),
  /** The operator refuses our own client credentials. */
  gatewayCredentials: row(503, 'UNAVAILABLE', UNAVAILABLE, 'GATEWAY_CREDENTIALS', 'gateway', true),
  circuitOpen: row(503, 'UNAVAILABLE', UNAVAILABLE, 'CIRCUIT_OPEN', 'operator'),
  bulkheadFull: row(503, 'UNAVAILABLE', UNAVAILABLE, 'BULKHEAD_FULL', 'operator'),
  operatorDisabled: row(503, 'UNAVAILABLE', UNAVAILABLE, 'OPERATOR_DISABLED', 'operator'),
  /** The call cannot be recorded, so it is not made: the token stays unspent. */
  ledgerUnavailable: row(503, 'UNAVAILABLE', UNAVAILABLE, 'LEDGER_UNAVAILABLE', 'gateway'),
  /** What must not be answered from memory: the database is away. */
  databaseUnavailable: row(503, 'UNAVAILABLE', UNAVAILABLE, 'DATABASE_UNAVAILABLE', 'gateway'),
  /** The process has too much in flight: refused before anything was looked at. */
  shed: row(503, 'UNAVAILABLE', UNAVAILABLE, 'SHED', 'gateway'),
  /** Recording the call took so much of its deadline that the operator had no fair chance with the rest. */
  recordedLate: row(504, 'TIMEOUT', TIMEOUT, 'RECORDED_LATE', 'gateway'),
  operatorTimeout: row(504, 'TIMEOUT', TIMEOUT, 'UPSTREAM_TIMEOUT', 'operator', true),
} as const satisfies Record<string, ProblemRow>;

export type ProblemName = keyof typeof PROBLEMS;

export interface ProblemOptions {
  /** For logs only; never leaves the process. Must hold no phone number, hash or token. */
  detail?: string;
  retryAfterSeconds?: number;
  /** No byte reached the operator: the ledger entry is released and the token may be used again. */
  neverSent?: boolean;
  cause?: unknown;
}

/** What the caller may know. Anything else thrown is our own bug and becomes a bare 500 INTERNAL. */
export class Problem extends Error {
  readonly row: ProblemRow;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly neverSent: boolean;

  constructor(
    readonly problem: ProblemName,
    options: ProblemOptions = {},
  ) {
    super(problem, { cause: options.cause });
    this.row = PROBLEMS[problem];
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.neverSent = options.neverSent ?? false;
  }

  /** The body on the wire: exactly status, code, message (Commonalities, ErrorInfo). */
  get errorInfo(): { status: number; code: string; message: string } {
    const { status, code, message } = this.row;
    return { status, code, message };
  }
}
