import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Calendar, DAY, HOUR, MINUTE, MONTH, periodAt } from './calendar.js';

const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2060, 0) });

describe('a period', () => {
  test('ends exactly where the next one of its kind begins', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(MINUTE, HOUR, DAY, MONTH), (now, slot) => {
        const { index, endsAtMs } = periodAt(now);
        expect(endsAtMs[slot]).toBeGreaterThan(now);
        expect(periodAt(endsAtMs[slot] - 1).index[slot]).toBe(index[slot]);
        expect(periodAt(endsAtMs[slot]).index[slot]).toBe(index[slot] + 1);
      }),
    );
  });

  test('has months and days in UTC', () => {
    const last = periodAt(Date.UTC(2028, 1, 29, 23, 59, 59, 999));
    expect(last.endsAtMs[DAY]).toBe(Date.UTC(2028, 2, 1));
    expect(last.endsAtMs[MONTH]).toBe(Date.UTC(2028, 2, 1));
    expect(last.monthStartMs).toBe(Date.UTC(2028, 1, 1));
    expect(last.dayStartMs).toBe(Date.UTC(2028, 1, 29));
  });
});

describe('the calendar', () => {
  test('says what the clock says, whatever was asked before, as long as time goes on', () => {
    fc.assert(
      fc.property(instants, fc.array(fc.nat({ max: 200_000_000 }), { maxLength: 20 }), (start, steps) => {
        const calendar = new Calendar();
        let now = start;
        for (const step of steps) {
          now += step;
          expect(calendar.at(now).index).toEqual(periodAt(now).index);
        }
      }),
    );
  });

  test('does not begin a window twice when the clock is set back a little', () => {
    const calendar = new Calendar();
    const midnight = Date.UTC(2026, 5, 1);
    const june = calendar.at(midnight + 5);
    expect(calendar.at(midnight - 3_000)).toBe(june);
    expect(calendar.at(midnight - 3_600_000).index[MONTH]).toBe(june.index[MONTH] - 1);
  });
});
