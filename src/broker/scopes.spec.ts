import { describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { canonicalScope, operatorScope, readScopes } from './scopes.js';

const P = 'dpv:FraudPreventionAndDetection';

describe('the scope of a request', () => {
  test.each([
    [`openid ${P} ${VERIFY_SCOPE}`, `openid ${P} ${VERIFY_SCOPE}`],
    [`${P}#number-verification-verify-read`, `${P} ${VERIFY_SCOPE}`],
    [
      `openid ${P}#${VERIFY_SCOPE} ${P}#number-verification-share-read`,
      `openid ${P} ${VERIFY_SCOPE} ${SHARE_SCOPE}`,
    ],
    ['unknown dpv:#x dpv:A#', 'unknown dpv:#x dpv:A#'],
  ])('%s is, canonically, %s', (given, expected) => {
    expect(canonicalScope(given)).toBe(expected);
  });

  test('is read as one purpose and its API scopes', () => {
    const read = readScopes(`offline_access ${VERIFY_SCOPE} openid ${P}`);
    expect(read).toEqual({ openid: true, purpose: P, scopes: [VERIFY_SCOPE] });
  });

  test.each([
    ['no purpose', VERIFY_SCOPE],
    ['two purposes', `${P} dpv:Marketing ${VERIFY_SCOPE}`],
    ['a purpose that is none', `dpv:a/b ${VERIFY_SCOPE}`],
    ['no API scope', `openid ${P}`],
    ['a scope nobody knows', `${P} ${VERIFY_SCOPE} sim-swap:check`],
    ['nothing', ''],
  ])('with %s is not read', (_what, scope) => {
    expect(readScopes(scope)).toBeUndefined();
  });
});

describe("toward an operator a scope is written in the operator's way", () => {
  const old = { [VERIFY_SCOPE]: 'nv-verify', [SHARE_SCOPE]: 'nv-share' };
  const none = { [VERIFY_SCOPE]: 'nv-verify', [SHARE_SCOPE]: undefined };
  const both = [VERIFY_SCOPE, SHARE_SCOPE] as const;

  test.each([
    ['separate', true, old, true, both, `openid ${P} nv-verify nv-share`],
    ['separate', false, old, true, both, `${P} nv-verify nv-share`],
    ['joined', true, old, true, both, `openid ${P}#nv-verify ${P}#nv-share`],
    ['bare', false, old, true, both, 'nv-verify nv-share'],
    ['separate', true, none, true, both, `openid ${P} nv-verify`],
    ['separate', true, old, false, both, `openid ${P} nv-verify`],
    ['joined', true, none, true, [SHARE_SCOPE] as const, `openid ${P}#nv-verify`],
  ] as const)('%s, openid %s: %#', (scopeForm, openid, scopes, share, wanted, expected) => {
    const capabilities = { share } as Parameters<typeof operatorScope>[0]['capabilities'];
    const operator = { auth: { scopeForm, openid }, dialect: { scopes }, capabilities };
    expect(operatorScope(operator, { purpose: P, scopes: wanted })).toBe(expected);
  });
});
