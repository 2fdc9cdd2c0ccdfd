import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { SPREAD_MS, lifetimeOf } from './key-lifetimes.js';
import { KeyDates, keysOutlived, stateOf, usesDue } from './key-states.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = 1_800_000_000_000;

const key = (kid: string, use: string, activeFromMs: number, retiredAtMs?: number): KeyDates => ({
  kid,
  use,
  activeFromMs,
  retiredAtMs,
});

describe('the state of a key', () => {
  test('is next, current, previous or ended', () => {
    const keys = [
      key('a', 'oidc', NOW + 1),
      key('b', 'oidc', NOW),
      key('c', 'oidc', NOW - 1),
      key('d', 'oidc', NOW - 1, NOW),
      key('e', 'access-token', NOW - DAY),
    ];
    expect(keys.map((one) => stateOf(one, keys, NOW))).toEqual([
      'next',
      'current',
      'previous',
      'ended',
      'current',
    ]);
  });
});

describe('a use is due', () => {
  test.each([
    ['access-token', DAY - 10 * MINUTE],
    ['at-rest', DAY - 10 * MINUTE],
    ['oidc', 89 * DAY],
    ['operator:one', 83 * DAY],
  ])('%s: as early before its greatest age as its successor is published', (use, ageMs) => {
    expect(usesDue([key('a', use, NOW - ageMs)], NOW)).toEqual([use]);
    expect(usesDue([key('a', use, NOW - ageMs + 1)], NOW)).toEqual([]);
  });

  test.each(['subject', 'a-use-of-a-later-version'])('never: %s', (use) => {
    expect(usesDue([key('a', use, 0)], NOW)).toEqual([]);
  });

  test('not while its successor is published already', () => {
    expect(usesDue([key('a', 'oidc', 0), key('b', 'oidc', NOW + 1)], NOW)).toEqual([]);
  });

  test('though a younger key was ended before its time', () => {
    expect(usesDue([key('a', 'oidc', 0), key('b', 'oidc', NOW - 1, NOW)], NOW)).toEqual(['oidc']);
  });
});

describe('a key is outlived', () => {
  test.each([
    ['access-token', 5 * MINUTE],
    ['at-rest', 10 * MINUTE],
    ['oidc', DAY],
    ['operator:one', DAY],
  ])('%s: once what it sealed last has ended, and a process that was late too', (use, lastsMs) => {
    const since = (ms: number) => [key('a', use, 0), key('b', use, NOW - ms)];
    expect(keysOutlived(since(lastsMs + SPREAD_MS), NOW)).toEqual(['a']);
    expect(keysOutlived(since(lastsMs + SPREAD_MS - 1), NOW)).toEqual([]);
  });

  test('at once when it was ended, but for uses that are never touched', () => {
    expect(
      keysOutlived([key('a', 'oidc', 0, NOW), key('b', 'oidc', 1), key('c', 'subject', 0, 1)], NOW),
    ).toEqual(['a']);
  });

  test('never while it seals, is to come, or sealed what may still be shown', () => {
    const uses = fc.constantFrom('access-token', 'at-rest', 'oidc', 'operator:one', 'subject', 'unknown');
    const time = fc.integer({ min: NOW - 3 * DAY, max: NOW + DAY });
    const anyKey = fc.record({
      kid: fc.uuid(),
      use: uses,
      activeFromMs: time,
      retiredAtMs: fc.option(time, { nil: undefined, freq: 2 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anyKey, { selector: ({ kid }) => kid, maxLength: 12 }), (keys) => {
        const gone = new Set(keysOutlived(keys, NOW));
        for (const one of keys.filter(({ kid }) => gone.has(kid))) {
          const lifetime = lifetimeOf(one.use);
          expect(lifetime).toBeDefined();
          const state = stateOf(one, keys, NOW);
          expect(['previous', 'ended']).toContain(state);
          if (state === 'ended') continue;
          const needed = NOW - lifetime!.outlivedByMs - SPREAD_MS;
          const sealedLast = keys.filter(
            (other) =>
              other.use === one.use &&
              other.kid !== one.kid &&
              stateOf(other, keys, NOW) !== 'ended' &&
              other.activeFromMs >= one.activeFromMs &&
              other.activeFromMs <= needed,
          );
          expect(sealedLast).not.toEqual([]);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
