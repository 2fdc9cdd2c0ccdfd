import { describe, expect, test } from '@jest/globals';
import { checkAssertion } from './client-assertion.js';

const NOW = 1_800_000_000;
const AUD = 'https://gateway.example/token';
const check = (claims: Record<string, number | string | string[]>): void =>
  checkAssertion({ aud: AUD, ...claims }, NOW);

describe('the time of a client assertion', () => {
  test.each([[{ exp: NOW + 300 }], [{ exp: NOW + 300, iat: NOW }], [{ exp: NOW + 1, iat: NOW - 299 }]])(
    'is good: %j',
    (claims) => {
      expect(() => check(claims)).not.toThrow();
    },
  );

  test.each([
    [{ exp: NOW + 301 }],
    [{ exp: NOW + 300, iat: NOW - 1 }],
    [{ exp: NOW + 60, iat: NOW + 1 }],
    [{ exp: NOW + 60, iat: 'now' }],
    [{ exp: 'later' }],
    [{}],
  ])('is refused: %j', (claims) => {
    expect(() => check(claims)).toThrow('invalid_client');
  });
});

test.each([[[AUD]], [[AUD, 'https://elsewhere.example']], [1]])('audience %j is refused', (aud) => {
  expect(() => checkAssertion({ aud, exp: NOW + 60 }, NOW)).toThrow('invalid_client');
});
