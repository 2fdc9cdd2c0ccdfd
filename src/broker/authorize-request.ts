import { canonicalScope } from './scopes.js';

/**
 * `acr_values` must be ignored (ICM r4.2). `max_age` says nothing to us, every authentication is fresh, and
 * `max_age=0` (some SDKs) would ask for a login page. The library refuses others unless `openid` is asked for.
 */
const ALWAYS_DROPPED = ['acr_values', 'max_age'];
const DROPPED_WITHOUT_OPENID = ['nonce', 'id_token_hint', 'claims_locales'];

export interface AuthorizeRequest {
  /** What the library is given to judge. */
  readonly parameters: URLSearchParams;
  /** Taken out: the library would store it, and it may be a phone number. */
  readonly loginHint: string | undefined;
}

/**
 * Brings an authorization request into the one form that the library and we know. A parameter that is given
 * twice stays, so that the library refuses it (RFC 6749 §3.1).
 */
export function normalizeAuthorize(given: URLSearchParams): AuthorizeRequest {
  const parameters = new URLSearchParams(given);
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
  return { parameters, loginHint };
}
