import { decodeJwt } from 'jose';
import { errors } from 'oidc-provider';
import { UNREADABLE } from './authorize-request.js';
import { canonicalScope } from './scopes.js';
import { RequestObjectId, SignedRequests } from './signed-requests.js';
import { NamedOperator, takeNamedOperator } from './wish.js';

/** Who asks; beside a signed request nothing else may be in the form (CIBA Core 7.1.1). */
const PROOF = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];
/** ICM r4.2 has the first three ignored; the rest says nothing to us. */
const IGNORED = [
  'binding_message',
  'user_code',
  'requested_expiry',
  'request_context',
  'client_notification_token',
  'acr_values',
  'max_age',
  'nonce',
  'claims_locales',
];
const OTHER_HINTS = ['login_hint_token', 'id_token_hint'];

export interface BackchannelRequest {
  /** What the library is given to judge. */
  readonly parameters: URLSearchParams;
  /** Whether the ASP asked for an id_token: the library wants `openid` always. */
  readonly openid: boolean;
  readonly namedOperator: NamedOperator;
  /** Set when the parameters were signed; to be used up before anything comes of them. */
  readonly requestObject: RequestObjectId | undefined;
  /** There was one, and it is not valid. */
  readonly requestObjectRefused: boolean;
}

/**
 * Brings a backchannel authentication request into the one form that the library and we know. One with a parameter
 * given twice stays as it is, so that the library refuses it (RFC 6749 §3.1).
 * @param path of the endpoint
 */
export async function readBcAuthorize(
  given: URLSearchParams,
  signedRequests: SignedRequests,
  path: string,
): Promise<BackchannelRequest> {
  const signed = await objectIn(given, signedRequests, path);
  const requestObjectRefused = signed === 'refused';
  const object = requestObjectRefused ? undefined : signed;
  const parameters = new URLSearchParams(object?.parameters ?? given);
  if (requestObjectRefused) parameters.set('request', UNREADABLE);
  const named = { namedOperator: takeNamedOperator(parameters, object !== undefined) };
  const asked = { ...named, requestObject: object?.id, requestObjectRefused };
  if (isAmbiguous(given)) return { parameters, openid: false, ...asked };

  const scope = parameters.get('scope') ?? '';
  const openid = scope.split(' ').includes('openid');
  // An OpenID Connect claim without openid is an error, and the library says so (ICM r4.2, "Missing openid scope").
  const added = openid || parameters.has('claims') ? '' : 'openid ';
  if (scope !== '') parameters.set('scope', added + canonicalScope(scope));
  for (const name of IGNORED) parameters.delete(name);
  // ICM r4.2: login_hint, and no other hint. Without any, the library refuses the request.
  if (OTHER_HINTS.some((name) => parameters.has(name))) {
    for (const name of [...OTHER_HINTS, 'login_hint']) parameters.delete(name);
  }
  return { parameters, openid, ...asked };
}

function isAmbiguous(given: URLSearchParams): boolean {
  return new Set(given.keys()).size < [...given.keys()].length;
}

async function objectIn(
  given: URLSearchParams,
  signedRequests: SignedRequests,
  path: string,
): Promise<{ parameters: URLSearchParams; id: RequestObjectId } | 'refused' | undefined> {
  const [jwt, ...others] = given.getAll('request');
  if (jwt === undefined || others.length > 0) return undefined;
  const outside = [...given.keys()].some((name) => name !== 'request' && !PROOF.includes(name));
  if (outside || isAmbiguous(given)) return 'refused';
  try {
    const { id, parameters } = await signedRequests.open(jwt, clientIn(given), path);
    for (const name of PROOF) {
      parameters.delete(name);
      if (given.has(name)) parameters.set(name, given.get(name)!);
    }
    return { id, parameters };
  } catch (error) {
    if (error instanceof errors.InvalidRequestObject) return 'refused';
    throw error;
  }
}

/** Whose request it claims to be; the library has yet to see the proof. */
function clientIn(given: URLSearchParams): string {
  if (given.has('client_secret')) return given.get('client_id') ?? '';
  try {
    return decodeJwt(given.get('client_assertion') ?? '').iss ?? '';
  } catch {
    return '';
  }
}
