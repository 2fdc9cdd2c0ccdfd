import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Operator } from '../operators/operator.js';

/** What of an operator decides how its scope parameter is written. */
type Form = Pick<Operator, 'auth' | 'dialect' | 'capabilities'>;

const PURPOSE = /^dpv:[A-Za-z]+$/;

/**
 * Reads the scope parameter strictly in the one form of this operator: `dpv:P scope` (ICM since 0.2),
 * `dpv:P#scope` (ICM 0.1, Vonage) or the scope alone; with `openid` exactly where the operator wants it.
 * @returns the API scopes in the dialect's spelling; undefined: an invalid_scope
 */
export function readScope(scope: string, { auth, dialect, capabilities }: Form): string[] | undefined {
  const tokens = scope.split(' ');
  if (tokens.includes('openid') !== auth.openid) return undefined;
  const rest = tokens.filter((token) => token !== 'openid');
  const purposes = rest.map((token) => token.split('#')[0]!).filter((token) => PURPOSE.test(token));
  if (auth.scopeForm === 'bare' ? purposes.length > 0 : new Set(purposes).size !== 1) return undefined;
  const asked = auth.scopeForm === 'joined' ? afterHash(rest) : rest.filter((token) => !PURPOSE.test(token));
  const { [SHARE_SCOPE]: share, [VERIFY_SCOPE]: verify } = dialect.scopes;
  const known = [verify, capabilities.share ? share : undefined];
  const onePurpose = auth.scopeForm !== 'separate' || purposes.length === 1;
  return onePurpose && asked.length > 0 && asked.every((name) => known.includes(name)) ? asked : undefined;
}

/** `dpv:P#scope` → `scope`; anything else becomes a name nobody knows. */
function afterHash(tokens: readonly string[]): string[] {
  return tokens.map((token) => (token.split('#').length === 2 ? token.split('#')[1]! : ''));
}
