import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { JWK } from 'jose';
import { PublicKeySet, jwksUri } from './application-keys.js';

const ec = (namedCurve = 'P-256', kid = 'k') => named(generateKeyPairSync('ec', { namedCurve }), kid);
const rsa = (modulusLength = 2048, kid = 'r') => named(generateKeyPairSync('rsa', { modulusLength }), kid);

function named({ publicKey }: ReturnType<typeof generateKeyPairSync>, kid: string): JWK {
  return { ...publicKey.export({ format: 'jwk' }), kid };
}

function privateKey(): JWK {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...key.export({ format: 'jwk' }), kid: 'p' };
}

/** Where the set is wrong: `keys.0.kid`; nothing when it is right. */
function faults(...keys: unknown[]): string[] {
  const result = PublicKeySet.safeParse({ keys });
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
}

describe('public keys', () => {
  test('P-256 and RSA of 2048 bits are taken as they are', () => {
    const keys = [{ ...ec(), alg: 'ES256', use: 'sig' }, rsa(), { ...rsa(3072, 's'), alg: 'PS256' }];
    expect(PublicKeySet.parse({ keys })).toEqual({ keys });
  });

  test('members that a key is not made of are dropped', () => {
    const key = ec();
    expect(PublicKeySet.parse({ keys: [{ ...key, 'x5t#S256': 'abc', key_ops: ['verify'] }] })).toEqual({
      keys: [key],
    });
  });

  test.each([
    ['a private key', privateKey, 'd'],
    ['an RSA key with a private member', () => ({ ...rsa(), q: 'AQAB' }), 'q'],
    ['a private member that is null', () => ({ ...ec(), d: null }), 'd'],
    ['a shared secret', () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 's' }), 'kty'],
    ['a key without name', () => ({ ...ec(), kid: undefined }), 'kid'],
    ['a key with an empty name', () => ec('P-256', ''), 'kid'],
    ['a curve that we do not take', () => ec('P-384'), 'crv'],
    ['another curve by the name of ours', () => ({ ...ec('P-384'), crv: 'P-256' }), 'x'],
    ['a short RSA key', () => rsa(1024), 'n'],
    [
      'a short RSA key with zeros before it',
      () => ({ ...rsa(1024), n: `${'A'.repeat(172)}${rsa(1024).n}` }),
      'n',
    ],
    ['an RSA key with the exponent 1', () => ({ ...rsa(), e: 'AQ' }), 'e'],
    ['an RSA key without modulus', () => ({ ...rsa(), n: undefined }), 'kty'],
    ['a point that is not on the curve', () => ({ ...ec(), y: ec().y }), 'kty'],
    ['an algorithm of another type of key', () => ({ ...ec(), alg: 'RS256' }), 'alg'],
    ['an algorithm that we do not take', () => ({ ...ec(), alg: 'none' }), 'alg'],
    ['a key for encryption', () => ({ ...ec(), use: 'enc' }), 'use'],
  ])('%s is refused', (_, key, member) => {
    expect(faults(ec('P-256', 'good'), key())).toContain(`keys.1.${member}`);
  });

  test('names are unique, and keys at most ten', () => {
    const key = ec();
    expect(faults(key, key)).toEqual(['keys.1.kid']);
    const many = Array.from({ length: 11 }, (_, index) => ({ ...key, kid: String(index) }));
    expect(faults(...many.slice(1))).toEqual([]);
    expect(faults(...many)).toEqual(['keys']);
  });

  test('an address of keys is https and nothing else', () => {
    const taken = ['https://bank.example/jwks', 'https://bank.example:8443/a?b=c'];
    const refused = [
      'http://bank.example/',
      'https://a:b@bank.example/',
      'https://bank.example/#a',
      'https:',
      'x',
      7,
    ];
    expect(taken.filter((uri) => jwksUri.safeParse(uri).success)).toEqual(taken);
    expect(refused.filter((uri) => jwksUri.safeParse(uri).success)).toEqual([]);
  });
});
