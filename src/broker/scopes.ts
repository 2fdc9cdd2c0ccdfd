import { ApiScope, SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Operator } from '../operators/operator.js';

/** What one request asks for, canonical: exactly one purpose and at least one API scope. */
export interface RequestedScopes {
  readonly openid: boolean;
  /** Such as `dpv:FraudPreventionAndDetection`. */
  readonly purpose: string;
  readonly scopes: readonly ApiScope[];
}

const PURPOSE = /^dpv:[A-Za-z]+$/;

/** API scopes by every name that clients send; the 0.3 names come with purposes joined to them. */
const API_SCOPES: ReadonlyMap<string, ApiScope> = new Map([
  [VERIFY_SCOPE, VERIFY_SCOPE],
  [SHARE_SCOPE, SHARE_SCOPE],
  ['number-verification-verify-read', VERIFY_SCOPE],
  ['number-verification-share-read', SHARE_SCOPE],
]);

/**
 * Takes `dpv:Purpose#scope` (ICM 0.1, still sent by clients in the field) apart and gives API scopes their
 * present names, so that everything behind it knows one form only. What it does not know stays as it is.
 */
export function canonicalScope(scope: string): string {
  const tokens = scope.split(' ').flatMap((token) => {
    const joined = /^(dpv:[^#]+)#(.+)$/.exec(token);
    return joined ? [joined[1]!, joined[2]!] : [token];
  });
  return [...new Set(tokens.map((token) => API_SCOPES.get(token) ?? token))].join(' ');
}

/**
 * @param scope canonical
 * @returns undefined when a scope is unknown, or there is not exactly one purpose (ICM r4.2, "Purpose as a
 *   scope") and at least one API scope; `offline_access` is ignored
 */
export function readScopes(scope: string): RequestedScopes | undefined {
  const tokens = new Set(scope.split(' ').filter((token) => token !== '' && token !== 'offline_access'));
  const openid = tokens.delete('openid');
  const purposes = [...tokens].filter((token) => PURPOSE.test(token));
  const scopes = [...tokens].map((token) => API_SCOPES.get(token)).filter((known) => known !== undefined);
  const [purpose] = purposes;
  if (!purpose || purposes.length !== 1 || scopes.length === 0) return undefined;
  return tokens.size === 1 + scopes.length ? { openid, purpose, scopes } : undefined;
}

/** What of an operator decides how it is asked. */
type Speaker = Pick<Operator, 'capabilities'> & {
  readonly auth: Pick<Operator['auth'], 'scopeForm' | 'openid'>;
  readonly dialect: Pick<Operator['dialect'], 'scopes'>;
};

/**
 * The `scope` to ask an operator for, in its own form and spelling. An API scope that the operator does not
 * have is left out: the API answers 422 for it. If none is left it is asked for verify, which every dialect has.
 */
export function operatorScope(
  { auth, capabilities, dialect }: Speaker,
  { purpose, scopes }: Omit<RequestedScopes, 'openid'>,
): string {
  const { scopeForm, openid } = auth;
  const spelled = (wanted: readonly ApiScope[]): string[] =>
    wanted
      .filter((scope) => scope !== SHARE_SCOPE || capabilities.share)
      .map((scope) => dialect.scopes[scope])
      .filter((name) => name !== undefined);
  const names = [spelled(scopes), spelled([VERIFY_SCOPE])].find((some) => some.length > 0) ?? [];
  const tokens = {
    separate: [purpose, ...names],
    joined: names.map((name) => `${purpose}#${name}`),
    bare: names,
  }[scopeForm];
  return [...(openid ? ['openid'] : []), ...tokens].join(' ');
}
