import { errors } from 'oidc-provider';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { Blame, Problem } from '../contract/problem.js';
import { SignInOutcome as Outcome } from '../telemetry/labels.js';

/** How a sign-in ends when it does not succeed: what the ASP is told, and what we note. */
export interface Refusal {
  /** OAuth error code. */
  readonly error: string;
  /** Ours; an operator's text never leaves the gateway. */
  readonly description: string;
  readonly outcome: Outcome;
  /** Whose fault it is; what a user, their device or an application can change is the client's. */
  readonly blame: Blame;
  /** Why, for logs: a code of ours or of a standard, never text. */
  readonly reason: string;
  /** Somebody here must act: our registration or credentials, or an operator that breaks its promises. */
  readonly alert: boolean;
}

/** What operators may answer that an ASP gets to see (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
const PASSED_ON: ReadonlyMap<string, string> = new Map([
  ['login_required', 'the operator could not authenticate the device by its network'],
  ['interaction_required', 'the operator needs an interaction with the user'],
  ['consent_required', 'the operator needs the consent of the user'],
  ['account_selection_required', 'the operator needs the user to select an account'],
  ['access_denied', 'the operator denied the request'],
  ['invalid_scope', 'the operator does not allow the scope'],
  ['temporarily_unavailable', 'the operator is temporarily unavailable'],
  ['server_error', 'the operator failed'],
]);

/** Documented by an operator, no standard code. */
const CONSENT_DENIED = 'consent_denied';
const MISCONFIGURED = new Set(['invalid_client', 'unauthorized_client', 'invalid_request', 'invalid_grant']);
/** We asked for what was not agreed with the operator, or not as ourselves. */
const OURS = new Set(['invalid_client', 'unauthorized_client', 'invalid_scope']);
/** What a user or their device can change; the rest is the operator's or ours. */
const DENIALS = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
  'access_denied',
]);
const OUT_OF_TIME = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);

/** @param error whatever ended the sign-in, of the operator, of a library or of ours */
export function refusalFor(error: unknown): Refusal {
  const chain = causesOf(error);
  const problem = chain.find((one) => one instanceof Problem);
  if (problem) return unavailable(problem);
  const refused = chain.find((one) => one instanceof errors.OIDCProviderError);
  if (refused) return ours(refused);
  const answered = chain.find(
    (one) => one instanceof AuthorizationResponseError || one instanceof ResponseBodyError,
  );
  if (answered) {
    const failed = answered instanceof ResponseBodyError && answered.status >= 500;
    return failed ? failing('status_5xx') : operatorSaid(answered.error);
  }
  return broken(chain);
}

function operatorSaid(code: string): Refusal {
  if (code === CONSENT_DENIED) return operatorSaid('access_denied');
  const description = PASSED_ON.get(code);
  if (description !== undefined) {
    const outcome = DENIALS.has(code) ? 'denied' : 'operator_error';
    const blame = DENIALS.has(code) ? 'client' : blameFor(code);
    return { error: code, description, outcome, blame, reason: code, alert: code === 'invalid_scope' };
  }
  const reason = MISCONFIGURED.has(code) ? code : 'unknown_error_code';
  return serverError('operator_error', reason, blameFor(code));
}

function blameFor(code: string): Blame {
  return OURS.has(code) ? 'gateway' : 'operator';
}

/** No answer, or one that only says that there is none. */
function unavailable({ problem, row: { blame } }: Problem): Refusal {
  const outcomes: Partial<Record<string, Outcome>> = {
    operatorTimeout: 'timeout',
    circuitOpen: 'breaker_open',
    bulkheadFull: 'breaker_open',
  };
  const broken = problem === 'operatorRouteBroken' || problem === 'operatorMisbehaved';
  if (broken) return serverError('operator_error', problem);
  return { ...failing(problem), blame, outcome: outcomes[problem] ?? 'operator_error' };
}

function failing(reason: string): Refusal {
  const error = 'temporarily_unavailable';
  const description = PASSED_ON.get(error)!;
  return { error, description, outcome: 'operator_error', blame: 'operator', reason, alert: false };
}

function ours(refused: errors.OIDCProviderError): Refusal {
  const { error, error_description: description = error, statusCode } = refused;
  const outcome = DENIALS.has(error) ? 'denied' : 'internal';
  const blame = statusCode < 500 ? 'client' : 'gateway';
  return { error, description, outcome, blame, reason: description, alert: false };
}

/** A wrong `iss`, a bad id_token, an answer that is no OAuth, or a fault of our own. */
function broken(chain: readonly unknown[]): Refusal {
  const status = chain.find((one) => one instanceof Response)?.status ?? 0;
  if (status >= 500) return failing('status_5xx');
  const library = chain.find((one) => one instanceof ClientError);
  if (library?.code && OUT_OF_TIME.has(library.code)) return { ...failing('timeout'), outcome: 'timeout' };
  return library
    ? serverError('operator_error', library.code ?? 'invalid_answer')
    : serverError('internal', 'unexpected', 'gateway');
}

function serverError(outcome: Outcome, reason: string, blame: Blame = 'operator'): Refusal {
  return { error: 'server_error', description: 'the sign-in failed', outcome, blame, reason, alert: true };
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && one !== null && chain.length < 8;) {
    chain.push(one);
    one = one instanceof Error ? one.cause : undefined;
  }
  return chain;
}
