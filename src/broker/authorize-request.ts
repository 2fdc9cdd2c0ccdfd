import { errors } from 'oidc-provider';
import { canonicalScope } from './scopes.js';
import { RequestObjectId, SignedRequests } from './signed-requests.js';
import { NamedOperator, takeNamedOperator } from './wish.js';

/**
 * `acr_values` must be ignored (ICM r4.2). `max_age` says nothing to us, every authentication is fresh, and
 * `max_age=0` (some SDKs) would ask for a login page. The library refuses others unless `openid` is asked for.
 */
const ALWAYS_DROPPED = ['acr_values', 'max_age'];
const DROPPED_WITHOUT_OPENID = ['nonce', 'id_token_hint', 'claims_locales'];
/** Beside a signed request these stand in plain, too, and are the same (ICM r4.2). */
const REPEATED = ['scope', 'response_type', 'client_id', 'redirect_uri'];
/** What the library cannot read, so that it sends back `invalid_request_object`. */
export const UNREADABLE = 'unreadable';

export interface AuthorizeRequest {
  /** What the library is given to judge. */
  readonly parameters: URLSearchParams;
  /** Taken out: the library would store it, and it may be a phone number. */
  readonly loginHint: string | undefined;
  readonly namedOperator: NamedOperator;
  /** Set when the parameters were signed; to be used up before anything comes of them. */
  readonly requestObject: RequestObjectId | undefined;
}

/**
 * Brings an authorization request into the one form that the library and we know. A parameter that is given
 * twice stays, so that the library refuses it (RFC 6749 §3.1); so does `request_uri`.
 * @param path of the authorization endpoint
 */
export async function readAuthorize(
  given: URLSearchParams,
  signedRequests: SignedRequests,
  path: string,
): Promise<AuthorizeRequest> {
  const object = await objectIn(given, signedRequests, path);
  const parameters = new URLSearchParams(object?.parameters ?? given);
  const once = (name: string): string | undefined =>
    parameters.getAll(name).length === 1 ? parameters.get(name)! : undefined;
  const drop = (name: string): void => {
    if (once(name) !== undefined) parameters.delete(name);
  };

  const scope = once('scope');
  if (scope !== undefined) parameters.set('scope', canonicalScope(scope));
  ALWAYS_DROPPED.forEach(drop);
  if (!scope?.split(' ').includes('openid')) DROPPED_WITHOUT_OPENID.forEach(drop);
  // An error, too, may only be sent back in the query: nothing of ours is to be read by a script.
  if (once('response_mode') !== undefined && once('response_mode') !== 'query') {
    parameters.set('response_mode', 'unsupported');
  }
  const loginHint = once('login_hint');
  drop('login_hint');
  const namedOperator = takeNamedOperator(parameters, object?.id !== undefined);
  return { parameters, loginHint, namedOperator, requestObject: object?.id };
}

/** @returns the parameters to go by instead of those given; without an id when the object is not valid */
async function objectIn(
  given: URLSearchParams,
  signedRequests: SignedRequests,
  path: string,
): Promise<{ parameters: URLSearchParams; id?: RequestObjectId } | undefined> {
  const [jwt, ...others] = given.getAll('request');
  if (jwt === undefined || others.length > 0) return undefined;
  const twice = new Set(given.keys()).size < [...given.keys()].length;
  try {
    const object = await signedRequests.open(jwt, given.get('client_id') ?? '', path);
    const repeated = REPEATED.every((name) => given.get(name) === object.parameters.get(name));
    if (repeated && !twice && !given.has('request_uri')) return object;
  } catch (error) {
    if (!(error instanceof errors.InvalidRequestObject)) throw error;
  }
  // The library's own rules for it are others: it is to see none that has not passed ours.
  const parameters = new URLSearchParams(given);
  parameters.set('request', UNREADABLE);
  return { parameters };
}
