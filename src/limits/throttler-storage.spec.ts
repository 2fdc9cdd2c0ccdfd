import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FixedWindowStorage } from './throttler-storage.js';

const TTL = 60_000;

/** A storage whose clock stands where the test puts it. */
function storage(mostKeys?: number) {
  const clock = { ms: 1_000 };
  const hits = new FixedWindowStorage(() => clock.ms, mostKeys);
  const hit = (key = 'k', limit = 3, blockMs = TTL, name = 'default') =>
    hits.increment(key, TTL, limit, blockMs, name);
  return { clock, hits, hit };
}

describe('hits', () => {
  test('pass up to the limit, then block for as long as is asked', async () => {
    const { clock, hit } = storage();
    for (let n = 1; n <= 3; n += 1) {
      expect(await hit()).toEqual({
        totalHits: n,
        timeToExpire: 60,
        isBlocked: false,
        timeToBlockExpire: 0,
      });
    }
    expect(await hit('k', 3, 90_000)).toEqual({
      totalHits: 4,
      timeToExpire: 60,
      isBlocked: true,
      timeToBlockExpire: 90,
    });
    clock.ms += 89_999;
    expect(await hit()).toMatchObject({ totalHits: 4, isBlocked: true, timeToBlockExpire: 1 });
    clock.ms += 1;
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false, timeToExpire: 60 });
  });

  test('begin anew with the next window', async () => {
    const { clock, hit } = storage();
    for (let n = 0; n < 3; n += 1) await hit();
    clock.ms += TTL;
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  test('of other keys and of other throttlers are their own', async () => {
    const { hit } = storage();
    for (let n = 0; n < 4; n += 1) await hit();
    expect(await hit('other')).toMatchObject({ totalHits: 1, isBlocked: false });
    expect(await hit('k', 3, TTL, 'burst')).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  test('are never let through beyond the limit in one window, whatever the pace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 20_000 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (gaps, limit) => {
          const { clock, hit } = storage();
          let startedAt = -Infinity;
          let passed = 0;
          for (const gap of gaps) {
            clock.ms += gap;
            const { isBlocked, totalHits } = await hit('k', limit);
            if (totalHits === 1) [startedAt, passed] = [clock.ms, 0];
            if (!isBlocked) passed += 1;
            expect(passed).toBeLessThanOrEqual(limit);
            if (!isBlocked) expect(clock.ms - startedAt).toBeLessThan(TTL);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('memory is bounded: the oldest windows go first', async () => {
  const { clock, hits, hit } = storage(100);
  for (let n = 0; n < 4; n += 1) await hit('first');
  for (let n = 0; n < 1_000; n += 1) {
    await hit(`key ${n}`);
    expect(hits.size).toBeLessThanOrEqual(100);
  }
  expect(await hit('key 999')).toMatchObject({ totalHits: 2 });
  clock.ms += TTL;
  await hit('new');
  expect(hits.size).toBeLessThan(10);
});

test('a hit costs the same whatever the limit is', async () => {
  const { hit } = storage();
  const startedAt = performance.now();
  for (let n = 0; n < 100_000; n += 1) await hit('k', 1_000_000);
  // The library's own storage takes minutes for this.
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
