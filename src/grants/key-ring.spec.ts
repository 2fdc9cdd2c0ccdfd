import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryKeys } from '../../test/support/memory-keys.js';
import { createLogger } from '../telemetry/logger.js';
import { KeyRing } from './key-ring.js';

let nowMs: number;
let keys: MemoryKeys;
const ringOf = () => new KeyRing(keys, createLogger('silent'), () => nowMs);
const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  nowMs = 1_800_000_000_000;
  keys = new MemoryKeys();
});

describe('a key ring', () => {
  test('publishes a new key ten minutes before it seals', async () => {
    const ring = ringOf();
    await ring.ensure(['oidc']);
    const old = ring.newest('oidc').kid;
    const next = await ring.rotate('oidc');
    expect(ring.all('oidc').map((key) => key.kid)).toEqual([old, next]);
    nowMs += 10 * 60_000;
    expect(ring.all('oidc').map((key) => key.kid)).toEqual([next, old]);
  });

  test('learns the key that another process rotated once a token names it', async () => {
    const [here, there] = [ringOf(), ringOf()];
    await here.ensure(['access-token']);
    await there.ensure(['access-token']);
    const kid = await there.rotate('access-token', { activeFrom: new Date(nowMs) });
    expect(here.find('access-token', kid)).toBeUndefined();
    await settled();
    expect(here.find('access-token', kid)?.kid).toBe(kid);
  });

  test('reads at most once in five seconds, however many unknown kids are shown', async () => {
    const ring = ringOf();
    await ring.ensure(['access-token']);
    const before = keys.loads;
    for (let i = 0; i < 100; i += 1) {
      ring.find('access-token', `made-up-${i}`);
      await settled();
    }
    expect(keys.loads - before).toBe(1);
    nowMs += 5_000;
    ring.find('access-token', 'made-up');
    await settled();
    expect(keys.loads - before).toBe(2);
  });

  test('keeps its keys when they cannot be read again', async () => {
    const ring = ringOf();
    await ring.ensure(['access-token']);
    const { kid } = ring.newest('access-token');
    keys.load = () => Promise.reject(new Error('database away'));
    ring.find('access-token', 'made-up');
    await settled();
    expect(ring.find('access-token', kid)?.kid).toBe(kid);
  });

  test('gives no key of one use for another', async () => {
    const ring = ringOf();
    await ring.ensure(['access-token', 'at-rest']);
    expect(ring.find('access-token', ring.newest('at-rest').kid)).toBeUndefined();
  });

  test('seals with the eldest key while its clock is behind all of them', async () => {
    const ring = ringOf();
    await ring.ensure(['access-token']);
    const first = ring.newest('access-token').kid;
    keys.keys = keys.keys.map((key) => ({ ...key, activeFromMs: nowMs + 1_000 }));
    await ring.rotate('access-token', { activeFrom: new Date(nowMs + 2_000) });
    expect(ring.newest('access-token').kid).toBe(first);
  });

  test('refuses to seal for a use it was never told of', () => {
    expect(() => ringOf().newest('oidc')).toThrow('no key for oidc');
  });
});
