import { beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { KeysUnavailable } from './jwks-door.js';
import { RemoteKeys } from './remote-keys.js';

const URL_OF_KEYS = 'https://asp.example/jwks';
const HOUR = 3_600_000;

const ec = (kid: string, extra: object = {}): JWK => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
  ...extra,
});

let nowMs: number;
let reads: number;
let answer: () => Promise<string>;
let keys: RemoteKeys;
beforeEach(() => {
  nowMs = 1_800_000_000_000;
  reads = 0;
  const door = {
    read: (): Promise<string> => {
      reads += 1;
      return answer();
    },
  };
  keys = new RemoteKeys(door, createLogger('silent'), new Metrics().broker, () => nowMs);
});
const publish = (...set: unknown[]): void => {
  answer = () => Promise.resolve(JSON.stringify({ keys: set }));
};
const kids = async (kid?: string): Promise<unknown[]> =>
  (await keys.of(URL_OF_KEYS, kid)).keys.map((key) => key.kid);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('are read once for all who ask at the same time, and kept', async () => {
  publish(ec('a'));
  await Promise.all(Array.from({ length: 50 }, () => kids('a')));
  expect([await kids('a'), reads]).toEqual([['a'], 1]);
});

test('a new kid is found at once, made-up ones cause two reads a minute at most', async () => {
  publish(ec('a'));
  await kids();
  publish(ec('a'), ec('b'));
  expect(await kids('b')).toEqual(['a', 'b']);
  for (let i = 0; i < 100; i += 1) await kids(`made-up-${i}`);
  expect(reads).toBe(2);
  nowMs += 60_000;
  for (let i = 0; i < 100; i += 1) await kids(`made-up-${i}`);
  expect(reads).toBe(4);
});

test('after ten minutes the old ones serve while new ones are read', async () => {
  publish(ec('a'));
  await kids();
  publish(ec('b'));
  nowMs += 11 * 60_000;
  expect(await kids()).toEqual(['a']);
  await settled();
  expect(await kids()).toEqual(['b']);
});

test('the last known good serves for a day when nothing can be read, and no longer', async () => {
  publish(ec('a'));
  await kids();
  answer = () => Promise.reject(new KeysUnavailable('timeout'));
  nowMs += 23 * HOUR;
  expect(await kids()).toEqual(['a']);
  await settled();
  nowMs += HOUR;
  expect(await kids()).toEqual([]);
});

test('that cannot be had are none, and a flood of requests reads twice', async () => {
  answer = () => Promise.reject(new KeysUnavailable('forbidden'));
  for (let i = 0; i < 20; i += 1) expect(await kids('a')).toEqual([]);
  expect(reads).toBe(2);
});

describe('a set is refused as a whole', () => {
  const rsa = (bits: number, extra: object = {}): JWK => ({
    ...generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' }),
    ...extra,
  });
  test.each<[string, () => unknown[]]>([
    ['with a private key', () => [ec('a', { d: 'x' })]],
    ['with a shared secret', () => [{ kty: 'oct', k: 'x', kid: 'a' }]],
    ['with two keys of one name', () => [ec('a'), ec('a')]],
    ['with a key for another algorithm', () => [ec('a', { alg: 'ES384' })]],
    ['with a key on another curve', () => [ec('a', { crv: 'P-384' })]],
    ['with an RSA key of 1024 bits', () => [rsa(1024)]],
    ['with more keys than anybody needs', () => Array.from({ length: 21 }, (_, i) => ec(`${i}`))],
    ['with something else in it', () => [ec('a'), 'key']],
  ])('%s', async (_what, set) => {
    publish(ec('good'));
    await kids();
    publish(...set());
    expect(await kids('new')).toEqual(['good']);
  });

  test('that is no JSON, or no set', async () => {
    for (const text of ['<html>', '[]', '{}', '{"keys":{}}']) {
      answer = () => Promise.resolve(text);
      nowMs += 60_000;
      expect(await kids()).toEqual([]);
    }
  });
});

test('keys for encryption do not count', async () => {
  publish(ec('a'), { ...ec('e'), use: 'enc', alg: 'ECDH-ES' });
  expect(await kids()).toEqual(['a']);
});
