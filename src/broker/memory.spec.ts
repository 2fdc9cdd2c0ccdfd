import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryCiba } from './memory-ciba.js';
import { OneTimeMarks } from './one-time-marks.js';
import { ShortLived } from './short-lived.js';

let nowMs: number;
const clock = (): number => nowMs;
beforeEach(() => {
  nowMs = 1_800_000_000_000;
});

describe('what lives in this process for a short time', () => {
  test('is taken once, and known to have been taken until its end', () => {
    const shelf = new ShortLived<string>(10, clock);
    shelf.put('a', 'value', 120);
    expect([shelf.take('a'), shelf.take('a'), shelf.knows('a')]).toEqual(['value', undefined, true]);
    nowMs += 120_000;
    expect(shelf.knows('a')).toBe(false);
  });

  test('is not there after its time', () => {
    const shelf = new ShortLived<string>(10, clock);
    shelf.put('a', 'value', 60);
    nowMs += 60_000;
    expect([shelf.get('a'), shelf.take('a')]).toEqual([undefined, undefined]);
  });

  test('has bounded room, which is free again once its time is over', () => {
    const shelf = new ShortLived<number>(3, clock);
    for (let i = 0; i < 3; i += 1) shelf.put(`${i}`, i, 60);
    expect(() => shelf.put('3', 3, 60)).toThrow('temporarily_unavailable');
    expect(shelf.get('0')).toBe(0);
    nowMs += 61_000;
    shelf.put('3', 3, 60);
    expect(shelf.get('3')).toBe(3);
  });
});

describe('marks of one-time things', () => {
  test('each is new once, until its time is over', () => {
    const marks = new OneTimeMarks(10, clock);
    expect([marks.take('a', 60, true), marks.take('a', 60, true)]).toEqual([true, false]);
    nowMs += 60_000;
    expect(marks.take('a', 60, true)).toBe(true);
  });

  test('full, they refuse rather than forget one that nothing else knows', () => {
    const marks = new OneTimeMarks(3, clock);
    for (const key of ['a', 'b', 'c']) marks.take(key, 60, true);
    expect(() => marks.take('d', 60, true)).toThrow('temporarily_unavailable');
    expect(marks.take('a', 60, true)).toBe(false);
    // Postgres knows: the eldest goes.
    expect(marks.take('d', 60, false)).toBe(true);
    expect(marks.take('b', 60, false)).toBe(false);
  });

  test('one that was not accepted after all is new again', () => {
    const marks = new OneTimeMarks(3, clock);
    marks.take('a', 60, true);
    marks.release('a');
    expect(marks.take('a', 60, true)).toBe(true);
  });
});

describe('a CIBA request in this process', () => {
  const TIMES = { interval: 2, tolerance: 0.25, slowDown: 5, remembered: 300, lease: 3 };
  let ciba: MemoryCiba;
  beforeEach(() => {
    ciba = new MemoryCiba(TIMES, clock);
    ciba.open('id', { clientId: 'asp', request: 'sealed', lifetimeSeconds: 120, operatorIntervalSeconds: 5 });
  });
  const ask = (clientId = 'asp'): unknown => ciba.ask('id', clientId)?.state;

  test('polled too early slows the ASP down, for this and all later polls', () => {
    expect(ask()).toBe('pending');
    nowMs += 1_000;
    expect(ask()).toBe('early');
    nowMs += 6_000;
    expect(ask()).toBe('early');
    nowMs += 12_000;
    expect(ask()).toBe('pending');
  });

  test('is asked about by one at a time, at the interval that the operator wants', () => {
    expect(ciba.claim('id')).toEqual({ request: 'sealed', intervalSeconds: 5 });
    expect(ciba.claim('id')).toBe('not_yet');
    ciba.postpone('id', 10);
    nowMs += 9_000;
    expect(ciba.claim('id')).toBe('not_yet');
    nowMs += 1_000;
    expect(ciba.claim('id')).toEqual({ request: 'sealed', intervalSeconds: 10 });
  });

  test('gives its outcome once, the first one, to its own client', () => {
    ciba.settle('id', 'first');
    ciba.settle('id', 'second');
    expect([ask('another'), ciba.take('id', 'another')]).toEqual([undefined, undefined]);
    expect([ask(), ciba.claim('id')]).toEqual(['settled', 'settled']);
    expect([ciba.take('id', 'asp'), ciba.take('id', 'asp')]).toEqual(['first', undefined]);
    nowMs += 10_000;
    expect(ask()).toBe('consumed');
  });

  test('ends, is known to have ended for a while, and is then forgotten', () => {
    nowMs += 120_000;
    expect([ask(), ciba.claim('id')]).toEqual(['ended', 'settled']);
    nowMs += 300_000;
    expect([ask(), ciba.knows('id')]).toEqual([undefined, false]);
  });
});
