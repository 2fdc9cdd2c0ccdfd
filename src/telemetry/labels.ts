/**
 * Every value a label may take, in one place. A label is a closed set: never a phone number, hash, address, token,
 * correlator, client id, path as it came, or text of anybody else.
 */

/** What stands for a value that is in no set. */
export const OTHER = 'other';

export const PLANES = ['data', 'auth', 'admin', 'other'] as const;
export type Plane = (typeof PLANES)[number];

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const OUTCOME_CLASSES = [
  'success',
  'client_error',
  'rate_limited',
  'operator_error',
  'gateway_error',
] as const;
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number];

export const OPERATIONS = ['verify', 'share'] as const;

const REFUSALS = [
  'client_error',
  'rate_limited',
  'upstream_error',
  'timeout',
  'breaker_open',
  'bulkhead_full',
  'unavailable',
  'internal',
] as const;
/** By operation: a verification is never shared, a shared number never matches. */
export const OUTCOMES = {
  verify: ['match', 'no_match', ...REFUSALS],
  share: ['shared', ...REFUSALS],
} as const;
export type Outcome = (typeof OUTCOMES)[keyof typeof OUTCOMES][number];

export const TARGETS = ['api', 'token'] as const;
export type Target = (typeof TARGETS)[number];

export const CODE_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'none'] as const;
export type CodeClass = (typeof CODE_CLASSES)[number];

export const UPSTREAM_ERRORS = [
  'dns',
  'ssrf',
  'refused',
  'connect_timeout',
  'tls',
  'ttfb',
  'body',
  'reset',
  'reused_socket',
  'truncated',
  'too_large',
  'encoding',
  'headers_overflow',
  'content_type',
  'json',
  'schema',
  'redirect',
  '1xx',
  'http_5xx',
  'credentials',
] as const;
export type UpstreamErrorReason = (typeof UPSTREAM_ERRORS)[number];

export const BREAKER_STATES = ['closed', 'half_open', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

export const BREAKER_EVENTS = [
  'open',
  'half_open',
  'close',
  'reject',
  'timeout',
  'success',
  'failure',
] as const;
export type BreakerEvent = (typeof BREAKER_EVENTS)[number];

/** The planes that ask for credentials. */
export const GUARDED_PLANES = ['data', 'auth', 'admin'] as const;
export const AUTH_FAILURES = [
  'missing',
  'malformed',
  'expired',
  'bad_signature',
  'bad_secret',
  'unknown_key',
  'unknown_client',
  'scope',
  'suspended',
  'revoked',
] as const;
export type AuthFailure = (typeof AUTH_FAILURES)[number];

export const REPLAYED_THINGS = ['access_token', 'code', 'assertion_jti', 'state', 'auth_req_id'] as const;
export type ReplayedThing = (typeof REPLAYED_THINGS)[number];

export const FLOWS = ['authcode', 'ciba', 'jwtbearer', 'client_credentials', 'token_exchange'] as const;
export type Flow = (typeof FLOWS)[number];

export const SIGN_IN_OUTCOMES = [
  'issued',
  'denied',
  'client_error',
  'operator_error',
  'timeout',
  'breaker_open',
  'internal',
] as const;
export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

/** Flows that leave something open between two requests. */
export const OPEN_FLOWS = ['authcode', 'ciba'] as const;

export const CIBA_POLLS = ['pending', 'slow_down', 'token', 'denied', 'expired', 'error'] as const;
export type CibaPoll = (typeof CIBA_POLLS)[number];

/** RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 9101 7. */
export const AUTHORIZATION_ERRORS = [
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_request',
  'invalid_request_object',
  'invalid_request_uri',
  'invalid_scope',
  'login_required',
  'request_not_supported',
  'request_uri_not_supported',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
] as const;

export const CACHES = ['jwks', 'discovery'] as const;
export type Cache = (typeof CACHES)[number];
export const CACHE_RESULTS = ['hit', 'miss', 'stale', 'rejected', 'error'] as const;
export type CacheResult = (typeof CACHE_RESULTS)[number];

export const ROUTING_METHODS = [
  'hint',
  'mcc_mnc',
  'ip_cidr',
  'network_id',
  'prefix',
  'telco_finder',
  'default',
] as const;
export type RoutingMethod = (typeof ROUTING_METHODS)[number];
/** Why a sign-in went to an alternative of the operator that the rules name. */
const DETOURS = ['off', 'not_registered', 'circuit_open', 'circuit_half_open', 'paced'] as const;
export type Detour = (typeof DETOURS)[number];
export type RoutingResult = 'resolved' | 'alternative' | 'ambiguous' | 'none';

export const LEDGER_ROWS = ['inserted', 'spent_before', 'released', 'uncertain', 'error'] as const;
export const LEDGER_OUTCOMES = ['written', 'retried', 'failed'] as const;
export const LEDGER_MODES = ['postgres', 'journal', 'closed'] as const;
export type LedgerMode = (typeof LEDGER_MODES)[number];
export const REPLAYED_ROWS = ['inserted', 'present', 'released', 'double_dispatch'] as const;
const UNKNOWN_AGES = ['hour', 'day', 'older'] as const;
export type UnknownAge = (typeof UNKNOWN_AGES)[number];

export const POLICIES = ['rate', 'quota', 'concurrent', 'global', 'admin', 'token'] as const;
export type LimitKind = (typeof POLICIES)[number];
export const STORES = ['memory', 'redis', 'fallback'] as const;
export type LimitStore = (typeof STORES)[number];
export type Decision = 'allow' | 'deny';
export const SHED_CLASSES = ['finish', 'start', 'rest'] as const;
export type ShedClass = (typeof SHED_CLASSES)[number];

/** Why the database was read: the process began, it was told of a change, or it looked by itself. */
export const REFRESH_TRIGGERS = ['start', 'notify', 'poll'] as const;
export type RefreshTrigger = (typeof REFRESH_TRIGGERS)[number];

export type Dependency = 'postgres' | 'redis';

const TASKS = [
  'admin_retention',
  'broker_sweep',
  'journal_probe',
  'journal_replay',
  'operator_status',
  'partitions',
  'routing_refresh',
  'snapshot_refresh',
  'unknown_rows',
  'usage_retention',
] as const;
export type Task = (typeof TASKS)[number];

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const SCRUBBED = ['msisdn', 'hash', 'token'] as const;
export type Scrubbed = (typeof SCRUBBED)[number];

/** @returns the value where the set has it, otherwise `other` */
export function closed(set: readonly string[], value: string): string {
  return set.includes(value) ? value : OTHER;
}
