import { beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createSecretKey, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { MemoryKeys } from '../../test/support/memory-keys.js';
import { Grant } from '../contract/grant.js';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { toClaims } from './claims.js';
import { Grants, MAX_TOKEN_LENGTH } from './grants.js';
import { KeyRing } from './key-ring.js';

const ISSUER = 'https://gateway.example';
const AUDIENCE = `${ISSUER}/number-verification`;
const NOW = 1_800_000_000;

const grantOf = (changes: Partial<Grant> = {}): Grant => ({
  tenantId: 'tenant-1',
  applicationId: 'application-1',
  clientId: 'client-1',
  subscriptionId: 'subscription-1',
  operatorId: 'operator-1',
  registrationId: 'registration-1',
  scopes: [VERIFY_SCOPE],
  purpose: 'dpv:FraudPreventionAndDetection',
  amr: ['nba'],
  subject: 'pairwise-1',
  jti: 'jti-1',
  issuedAt: NOW,
  expiresAt: NOW + 300,
  operatorToken: 'operator-token',
  ...changes,
});

let nowMs: number;
let keys: MemoryKeys;
let ring: KeyRing;
let metrics: Metrics;
let grants: Grants;

beforeEach(async () => {
  nowMs = NOW * 1000;
  keys = new MemoryKeys();
  ring = new KeyRing(keys, createLogger('silent'), () => nowMs);
  await ring.ensure(['access-token']);
  metrics = new Metrics();
  grants = new Grants(ring, ISSUER, metrics, () => nowMs);
});

/** The name of the Problem that opening raises; any other error fails the test. */
function refusal(
  authorization: string | undefined,
  scope: typeof VERIFY_SCOPE | typeof SHARE_SCOPE = VERIFY_SCOPE,
): string {
  try {
    grants.open(authorization, scope);
    return 'opened';
  } catch (error) {
    if (error instanceof Problem) return error.problem;
    throw error;
  }
}

/** A token as any holder of the key could make it, to test claims that `seal` refuses to write. */
function forge(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
  const { key, kid } = grants.encryption();
  return new CompactEncrypt(Buffer.from(JSON.stringify({ ...toClaims(grantOf(), ISSUER), ...claims })))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid, ...header })
    .encrypt(key);
}

describe('a sealed grant', () => {
  const word = fc.string({ minLength: 1, maxLength: 40 });
  const anyGrant = fc.record({
    tenantId: word,
    applicationId: word,
    clientId: word,
    subscriptionId: word,
    operatorId: word,
    registrationId: word,
    scopes: fc.constantFrom([VERIFY_SCOPE], [VERIFY_SCOPE, SHARE_SCOPE]),
    purpose: word,
    amr: fc.array(fc.string()),
    subject: word,
    jti: word,
    issuedAt: fc.constant(NOW),
    expiresAt: fc.integer({ min: NOW + 1, max: NOW + 300 }),
    operatorToken: fc.string({ minLength: 1, maxLength: 1_000, unit: 'binary' }),
  });

  test('opens to exactly what was sealed', () => {
    fc.assert(
      fc.property(anyGrant, (grant) => {
        expect(grants.open(`Bearer ${grants.seal(grant)}`, VERIFY_SCOPE)).toEqual(grant);
      }),
    );
  });

  test('shows nothing of its route or of the operator token', () => {
    const token = grants.seal(grantOf({ operatorToken: 'canary-operator-token' }));
    const readable = token
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
      .join('|');
    for (const secret of ['canary', 'tenant-1', 'operator-1', 'client-1'])
      expect(readable).not.toContain(secret);
  });

  test('is never the same token twice', () => {
    expect(grants.seal(grantOf())).not.toBe(grants.seal(grantOf()));
  });

  test.each([
    ['301 s', { expiresAt: NOW + 301 }],
    ['no time', { expiresAt: NOW }],
    ['an unknown time', { expiresAt: Number.NaN }],
    ['a token too long for a header', { operatorToken: 'x'.repeat(MAX_TOKEN_LENGTH) }],
  ])('is not made for %s', (_what, changes) => {
    expect(() => grants.seal(grantOf(changes))).toThrow(RangeError);
  });
});

describe('jose', () => {
  test('opens what we seal', async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(
      grants.seal(grantOf()),
      grants.encryption().key,
    );
    expect(protectedHeader).toMatchObject({
      alg: 'dir',
      enc: 'A256GCM',
      kid: ring.newest('access-token').kid,
    });
    expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(toClaims(grantOf(), ISSUER));
  });

  test.each([
    ['a bare header', {}],
    ['the header of an authorization server', { iss: ISSUER, aud: AUDIENCE, typ: 'at+jwt' }],
  ])('seals with %s what we open', async (_what, header) => {
    expect(grants.open(`Bearer ${await forge({}, header)}`, VERIFY_SCOPE)).toEqual(grantOf());
  });

  test('may add purpose, openid and claims we do not know: they open no API', async () => {
    const token = await forge({ scope: `openid dpv:X ${VERIFY_SCOPE}`, cnf: { jkt: 'x' } });
    expect(grants.open(`Bearer ${token}`, VERIFY_SCOPE)).toEqual(grantOf());
  });
});

describe('a token is refused as 401', () => {
  test('when no byte of it may change: 10,000 mutants', () => {
    const token = grants.seal(grantOf({ operatorToken: 'o'.repeat(200) }));
    const position = fc.nat({ max: token.length });
    const inserted = fc.oneof(
      fc.constantFrom('', '.', '=', '+', '/', ' ', '\n', 'A', '-', '_', '\u00e9'),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(position, fc.nat({ max: 3 }), inserted, (at, removed, text) => {
        const mutant = token.slice(0, at) + text + token.slice(at + removed);
        fc.pre(mutant.trimStart() !== token); // "Bearer" 1*SP token (RFC 6750)
        expect(refusal(`Bearer ${mutant}`)).toBe('tokenInvalid');
      }),
      { numRuns: 10_000 },
    );
  });

  test('whatever stands in the header', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        (text) => {
          expect(refusal(text)).toBe('tokenInvalid');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('when there is none, or another scheme', () => {
    const token = grants.seal(grantOf());
    for (const header of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${token}`,
      token,
      `Bearer${token}`,
      `Bearer ${token} x`,
    ]) {
      expect(refusal(header)).toBe('tokenInvalid');
    }
    expect(refusal(`bEARER ${token}`)).toBe('opened');
  });

  test('when parts of two good tokens are mixed', () => {
    const one = grants.seal(grantOf()).split('.');
    const other = grants.seal(grantOf({ jti: 'jti-2' })).split('.');
    for (const at of [2, 3, 4]) {
      expect(refusal(`Bearer ${one.with(at, other[at]!).join('.')}`)).toBe('tokenInvalid');
    }
  });

  test.each([
    ['another issuer', { iss: 'https://other.example' }],
    ['another audience', { aud: ISSUER }],
    ['an audience list', { aud: [AUDIENCE] }],
    ['301 s of life', { exp: NOW + 301 }],
    ['an end before its beginning', { iat: NOW, exp: NOW - 1 }],
    ['an issue time in the future', { iat: NOW + 60, exp: NOW + 120 }],
    ['a fraction as time', { iat: NOW - 0.5 }],
    ['no end', { exp: undefined }],
    ['no jti', { jti: undefined }],
    ['an endless jti', { jti: 'x'.repeat(129) }],
    ['no operator token', { upt: undefined }],
    ['an empty operator token', { upt: '' }],
    ['an empty credential', { cred: '' }],
    ['a rule that is no text', { rule: 7 }],
    ['a span that is no text', { span: {} }],
    ['an amr with a number', { amr: [1] }],
    ['amr as text', { amr: 'nba' }],
    ['scope as list', { scope: [VERIFY_SCOPE] }],
  ])('with %s', async (_what, claims) => {
    expect(refusal(`Bearer ${await forge(claims)}`)).toBe('tokenInvalid');
  });

  test.each(Object.keys(toClaims(grantOf(), ISSUER)))('without its claim %s', async (name) => {
    expect(refusal(`Bearer ${await forge({ [name]: undefined })}`)).toBe('tokenInvalid');
    expect(refusal(`Bearer ${await forge({ [name]: null })}`)).toBe('tokenInvalid');
  });

  test.each([
    ['crit', { crit: ['exp'], exp: NOW + 300 }],
    ['zip', { zip: 'DEF' }],
    ['another key algorithm', { alg: 'A256KW' }],
    ['another content encryption', { enc: 'A128CBC-HS256' }],
    ['another issuer', { iss: 'https://other.example' }],
    ['another type', { typ: 'JWT' }],
    ['no kid', { kid: undefined }],
    ['a list as kid', { kid: ['x'] }],
  ])('when its protected header has %s', (_what, changes) => {
    const parts = grants.seal(grantOf()).split('.');
    const header = { alg: 'dir', enc: 'A256GCM', kid: grants.encryption().kid, ...changes };
    const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
    expect(refusal(`Bearer ${parts.with(0, encoded).join('.')}`)).toBe('tokenInvalid');
  });

  test('even sealed with our key, when the header asks for more than we understand', async () => {
    expect(refusal(`Bearer ${await forge({}, { 'x-more': 1 })}`)).toBe('tokenInvalid');
  });

  test('when the payload is not a JSON object, though sealed with our key', async () => {
    const { key, kid } = grants.encryption();
    for (const payload of ['', 'null', '[]', '{', '"x"']) {
      const token = await new CompactEncrypt(Buffer.from(payload))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .encrypt(key);
      expect(refusal(`Bearer ${token}`)).toBe('tokenInvalid');
    }
  });

  test("when sealed with a stranger's key under our kid", async () => {
    const token = await new CompactEncrypt(Buffer.from(JSON.stringify(toClaims(grantOf(), ISSUER))))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: grants.encryption().kid })
      .encrypt(createSecretKey(randomBytes(32)));
    expect(refusal(`Bearer ${token}`)).toBe('tokenInvalid');
  });

  test('from the second of its end on, and not before', () => {
    const token = `Bearer ${grants.seal(grantOf())}`;
    nowMs = (NOW + 300) * 1000 - 1;
    expect(refusal(token)).toBe('opened');
    nowMs = (NOW + 300) * 1000;
    expect(refusal(token)).toBe('tokenInvalid');
  });

  test('and counted by its reason', async () => {
    refusal(undefined);
    refusal('Bearer x');
    refusal(`Bearer ${grants.seal(grantOf())}`, SHARE_SCOPE);
    nowMs += 400_000;
    refusal(`Bearer ${await forge({})}`);
    const page = await metrics.render();
    for (const reason of ['missing', 'malformed', 'scope', 'expired']) {
      expect(page).toContain(`nvgw_auth_failures_total{plane="data",reason="${reason}"} 1`);
    }
  });
});

test('a token without the scope of the operation is refused as 403', () => {
  const token = `Bearer ${grants.seal(grantOf())}`;
  expect(refusal(token, SHARE_SCOPE)).toBe('permissionDenied');
  expect(refusal(token, VERIFY_SCOPE)).toBe('opened');
});

describe('after a rotation', () => {
  test('the newest key seals and the older still opens', async () => {
    const before = grants.seal(grantOf());
    nowMs += 1_000;
    const kid = await ring.rotate('access-token', { activeFrom: new Date(nowMs) });
    expect(grants.encryption().kid).toBe(kid);
    expect(refusal(`Bearer ${before}`)).toBe('opened');
    expect(refusal(`Bearer ${grants.seal(grantOf())}`)).toBe('opened');
  });

  test('a retired key no longer opens, though its header was read before', async () => {
    const before = `Bearer ${grants.seal(grantOf())}`;
    expect(refusal(before)).toBe('opened');
    await ring.rotate('access-token', {
      activeFrom: new Date(nowMs),
      retireOlderAt: new Date(nowMs + 5_000),
    });
    expect(refusal(before)).toBe('opened');
    nowMs += 5_000;
    expect(refusal(before)).toBe('tokenInvalid');
  });
});
