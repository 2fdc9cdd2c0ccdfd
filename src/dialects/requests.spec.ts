import { describe, expect, it } from '@jest/globals';
import { Problem } from '../contract/problem.js';
import { Capabilities, Correlation, Target } from './dialect.js';
import { DIALECTS, dialectNamed } from './dialects.js';

const UUID = '4f0c6f4e-1d0a-4a0b-9d3e-2f6f0a6f1b11';
const FRESH = '00000000-0000-4000-8000-000000000000';
// Published test vectors: SHA-256 of '+123456789' and of '123456789'.
const HASH_WITH_PLUS = 'b49f9168e8a886ffd61a090b51a26e117717f5f6fa804af49ea67043a2bfa4f0';
const HASH_OF_DIGITS = '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225';
const PLAIN = { phoneNumber: '+123456789' };
const HASHED = { hashedPhoneNumber: HASH_WITH_PLUS.toUpperCase() };

const target = (capabilities: Partial<Capabilities> = {}): Target => ({
  basePath: '/any/base',
  capabilities: {
    verifyPlain: true,
    verifyHashed: true,
    share: true,
    hashOf: 'e164',
    stripPlus: false,
    ...capabilities,
  },
});
const correlation = (value = UUID): Correlation => ({ value, replacement: () => FRESH });
const withShare = DIALECTS.filter((dialect) => dialect.capabilities.share);

describe.each(DIALECTS)('$name asks', (dialect) => {
  const bodyOf = (ask: typeof PLAIN | typeof HASHED, can?: Partial<Capabilities>): unknown =>
    JSON.parse(dialect.encodeVerify(ask, target(can), correlation()).body ?? '');

  it('with POST below the base path of the operator, as bare JSON', () => {
    const request = dialect.encodeVerify(PLAIN, target(), correlation());
    expect(request).toMatchObject({ method: 'POST', path: '/any/base/verify' });
    expect(request.headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/json' });
  });

  it.each([
    ['a plain number with its +', PLAIN, {}, PLAIN],
    [
      'a plain number without + where the operator wants none',
      PLAIN,
      { stripPlus: true },
      { phoneNumber: '123456789' },
    ],
    ['a hash in lower case', HASHED, {}, { hashedPhoneNumber: HASH_WITH_PLUS }],
    [
      'the hash of a plain number where only hashes are taken',
      PLAIN,
      { verifyPlain: false },
      { hashedPhoneNumber: HASH_WITH_PLUS },
    ],
    [
      'the same whatever stripPlus says',
      PLAIN,
      { verifyPlain: false, stripPlus: true },
      { hashedPhoneNumber: HASH_WITH_PLUS },
    ],
    [
      'the hash of the digits where only such are taken',
      PLAIN,
      { verifyPlain: false, hashOf: 'plain-digits' },
      { hashedPhoneNumber: HASH_OF_DIGITS },
    ],
  ] as const)('%s', (_what, ask, can, body) => {
    expect(bodyOf(ask, can)).toStrictEqual(body);
  });

  it.each([
    ['a hash where none is taken', HASHED, { verifyHashed: false }],
    ['a hash where only hashes without + are compared', HASHED, { hashOf: 'plain-digits' }],
    ['a plain number where neither form is taken', PLAIN, { verifyPlain: false, verifyHashed: false }],
  ] as const)('nothing for %s: 422', (_what, ask, can) => {
    expect(() => bodyOf(ask, can)).toThrow(new Problem('notApplicable'));
  });

  it('share with GET, without body or content type; or not at all: 422', () => {
    if (!dialect.capabilities.share) {
      expect(() => dialect.encodeShare(target(), correlation())).toThrow(new Problem('notApplicable'));
      return;
    }
    const request = dialect.encodeShare(target(), correlation());
    expect(request).toMatchObject({ method: 'GET', path: '/any/base/device-phone-number' });
    expect(request.body).toBeUndefined();
    expect(request.headers).not.toHaveProperty('content-type');
  });
});

describe.each(withShare)('$name', (dialect) => {
  it('asks nothing of an operator that has no share: 422', () => {
    expect(() => dialect.encodeShare(target({ share: false }), correlation())).toThrow(
      new Problem('notApplicable'),
    );
  });
});

describe('the correlator', () => {
  const free = 'trace:7/<a>{b};_x';
  it.each([
    ['camara-0.3', free, free],
    ['camara-0.3', '', ''],
    ['camara-0.4', UUID, UUID],
    ['camara-0.4', UUID.toUpperCase(), UUID.toUpperCase()],
    ['camara-0.4', 'abc-123', FRESH],
    ['camara-0.4', `${UUID}0`, FRESH],
    ['camara-0.4', '', FRESH],
    ['camara-1.0', free, free],
    ['camara-2.0', 'abc-123', 'abc-123'],
    ['camara-2.0', 'a'.repeat(55), 'a'.repeat(55)],
    ['camara-2.0', 'a'.repeat(56), FRESH],
    ['camara-2.0', free, FRESH],
    ['camara-2.1', free, free],
    ['camara-2.1', 'a'.repeat(256), 'a'.repeat(256)],
    ['vonage-v031', UUID, undefined],
  ])('%s turns %j into %j', (name, value, sent) => {
    const dialect = dialectNamed(name)!;
    expect(dialect.encodeVerify(PLAIN, target(), correlation(value)).headers['x-correlator']).toBe(sent);
    if (dialect.capabilities.share) {
      expect(dialect.encodeShare(target(), correlation(value)).headers['x-correlator']).toBe(sent);
    }
  });
});

it('an unknown dialect has no code', () => {
  expect(dialectNamed('camara-9.9')).toBeUndefined();
});

it('share is a scope of every dialect that has it, in its own spelling', () => {
  expect(DIALECTS.map((dialect) => Object.values(dialect.scopes))).toStrictEqual([
    ['number-verification-verify-read', 'number-verification-share-read'],
    ...Array.from({ length: 4 }, () => [
      'number-verification:verify',
      'number-verification:device-phone-number:read',
    ]),
    ['number-verification-verify-read', undefined],
  ]);
});
