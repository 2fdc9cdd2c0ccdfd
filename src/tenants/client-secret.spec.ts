import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mintClientSecret, readClientSecret } from './client-secret.js';

test.each(['test', 'live'] as const)('a %s secret says what it is, and how it is found', (mode) => {
  const { secret, lookUp, lastFour } = mintClientSecret(mode);
  expect(secret).toMatch(new RegExp(`^nvk_${mode}_${lookUp}_[0-9A-Za-z]{49}$`));
  expect(secret.endsWith(lastFour)).toBe(true);
  expect(lastFour).toHaveLength(4);
  expect(readClientSecret(secret)).toEqual({ mode, lookUp });
});

test('two secrets have nothing in common that could be guessed', () => {
  const minted = Array.from({ length: 200 }, () => mintClientSecret('test'));
  expect(new Set(minted.map(({ lookUp }) => lookUp)).size).toBe(200);
  const randoms = minted.map(({ secret }) => secret.slice(-49, -6));
  expect(new Set(randoms).size).toBe(200);
  for (let at = 1; at < 43; at += 1)
    expect(new Set(randoms.map((text) => text[at])).size).toBeGreaterThan(20);
});

test('a typing error is seen without a database', () => {
  const { secret } = mintClientSecret('live');
  fc.assert(
    fc.property(fc.nat({ max: secret.length - 1 }), fc.constantFrom(...'aZ09_- é'), (at, character) => {
      fc.pre(secret[at] !== character);
      expect(readClientSecret(secret.slice(0, at) + character + secret.slice(at + 1))).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
  for (const text of [
    '',
    secret.slice(1),
    secret.slice(0, -1),
    `${secret}\n`,
    secret.replace('live', 'test'),
  ]) {
    expect(readClientSecret(text)).toBeUndefined();
  }
});
