import { beforeEach, expect, test } from '@jest/globals';
import { Guesses } from './guesses.js';

const HERE = { clientId: 'one', address: '192.0.2.1' };

let nowMs: number;
let guesses: Guesses;
beforeEach(() => {
  nowMs = 1_800_000_000_000;
  guesses = new Guesses(() => nowMs);
});
const fail = (times: number, guesser = HERE): void => {
  for (let i = 0; i < times; i += 1) guesses.failed(guesser);
};

test('nine failures cost nothing, each further one twice as long as the one before, up to a quarter of an hour', () => {
  fail(9);
  expect(guesses.lockedForSeconds(HERE)).toBe(0);
  const locks = Array.from({ length: 14 }, () => {
    fail(1);
    return guesses.lockedForSeconds(HERE);
  });
  expect(locks).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
  nowMs += 900_000;
  expect(guesses.lockedForSeconds(HERE)).toBe(0);
});

test('one client is not shut out by who guesses at it from elsewhere, nor others from there by ten failures', () => {
  fail(15);
  expect(guesses.lockedForSeconds({ ...HERE, address: '192.0.2.2' })).toBe(0);
  expect(guesses.lockedForSeconds({ ...HERE, clientId: 'two' })).toBe(0);
});

test('fifty failures from one address lock it, whichever clients were guessed at', () => {
  for (let i = 0; i < 52; i += 1) guesses.failed({ ...HERE, clientId: `client-${i}` });
  expect(guesses.lockedForSeconds({ ...HERE, clientId: 'another' })).toBeGreaterThan(0);
});

test('a success forgets the failures of that client, half an hour those of all', () => {
  fail(9);
  guesses.succeeded(HERE);
  fail(9);
  expect(guesses.lockedForSeconds(HERE)).toBe(0);
  nowMs += 30 * 60_000;
  fail(9);
  expect(guesses.lockedForSeconds(HERE)).toBe(0);
});

test('whoever makes up names and addresses fills a bounded memory', () => {
  for (let i = 0; i < 30_000; i += 1) guesses.failed({ clientId: `${i}`.repeat(100), address: `10.${i}` });
  fail(11);
  expect(guesses.lockedForSeconds(HERE)).toBe(2);
  const { lockout } = guesses as unknown as { lockout: { failures: Map<string, unknown> } };
  expect(lockout.failures.size).toBeLessThanOrEqual(20_000);
});
