import { describe, expect, it } from '@jest/globals';
import { retryAfterSeconds } from './retry-after.js';

const DATE = 'Sat, 21 Nov 2026 10:00:00 GMT';

describe('Retry-After', () => {
  it.each([
    ['7', undefined, 7],
    [' 7 ', undefined, 7],
    ['0', undefined, 1],
    ['61', undefined, 60],
    ['99999999999999999999', undefined, 60],
    ['Sat, 21 Nov 2026 10:00:09 GMT', DATE, 9],
    ['Sat, 21 Nov 2026 09:00:00 GMT', DATE, 1],
    ['Sat, 21 Nov 2026 12:00:00 GMT', DATE, 60],
    ['Sat, 21 Nov 2026 10:00:09 GMT', undefined, undefined],
    ['Sat, 21 Nov 2026 10:00:09 GMT', 'yesterday', undefined],
    ['-5', DATE, undefined],
    ['1.5', DATE, undefined],
    ['soon', DATE, undefined],
    ['', DATE, undefined],
    [undefined, DATE, undefined],
    [['1', '2'], DATE, undefined],
  ])('%j with date %j waits %j seconds', (value, date, seconds) => {
    expect(retryAfterSeconds({ 'retry-after': value, date })).toBe(seconds);
  });
});
