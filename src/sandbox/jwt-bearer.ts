import { ALGORITHMS, gatewayKeys, livesAtMost, Surroundings, verified } from './assertions.js';
import { readScope } from './scope-form.js';
import { Site } from './site.js';
import { SeenOnce, Session } from './tokens.js';

/** @returns what the assertion grants, or the OAuth error */
export type AssertionGrant = (form: URLSearchParams, site: Site) => Promise<Session | string>;

const MOST_SECONDS = 300;
const SUBJECT = /^operatortoken:(.+)$/s;

/**
 * The JWT bearer grant (RFC 7523 2.1, ICM r4.2): the assertion is the client authentication, names the client as
 * `iss` and the device as `sub` by its TS.43 token, and holds the scope. The token is spent last, by nothing less
 * than an assertion that is right in everything else.
 */
export function jwtBearer(around: Surroundings): AssertionGrant {
  const seen = new SeenOnce(around.clock);
  const keys = gatewayKeys(around);
  return async (form, site) => {
    if (form.has('scope') || form.has('client_assertion') || form.has('client_secret')) {
      return 'invalid_request';
    }
    const claims = await verified(form.get('assertion') ?? '', keys(), ALGORITHMS, around.clock);
    if (!claims || claims.aud !== `${around.issuer()}/token`) return 'invalid_grant';
    const { iss: clientId = '', sub = '', jti } = claims;
    if (!site.client(clientId) || (form.get('client_id') ?? clientId) !== clientId) return 'invalid_client';
    if (!livesAtMost(claims, MOST_SECONDS, around.clock)) return 'invalid_grant';
    if (!seen.take(`${clientId} ${jti}`, MOST_SECONDS + 10)) return 'invalid_grant';
    const scope = typeof claims['scope'] === 'string' ? claims['scope'] : '';
    // ICM's own example leaves openid out, also where the operator wants it otherwise.
    const scopes = readScope(scope, site.operator) ?? readScope(`openid ${scope}`, site.operator);
    if (!scopes) return 'invalid_scope';
    const subscriber = site.operatorTokens.spend(SUBJECT.exec(sub)?.[1]);
    if (!subscriber) return 'invalid_grant';
    return { clientId, scope, scopes, amr: ['sim'], ...subscriber };
  };
}
