import { describe, expect, test } from '@jest/globals';
import { assert, oneof, property, stringMatching } from 'fast-check';
import { scrub, utcDate } from './ledger-entry.js';

describe('scrub', () => {
  test('no run of eight digits and no SHA-256 survives, whatever stands around it', () => {
    const digits = stringMatching(/^[0-9]{8,15}$/);
    const hash = stringMatching(/^[0-9a-fA-F]{64}$/);
    const around = stringMatching(/^[g-z\-_:;./<>{}]{0,20}$/);
    assert(
      property(around, oneof(digits, hash), around, (before, secret, after) => {
        const kept = scrub(before + secret + after);
        expect(kept).toBe(`${before}[redacted]${after}`);
      }),
    );
  });

  test('a UUID is kept, and what holds neither', () => {
    for (const correlator of ['12345678-1234-4123-8123-123456789012', 'order-1234567', '']) {
      expect(scrub(correlator)).toBe(correlator);
    }
  });
});

test('the date is the UTC day of the second', () => {
  expect(utcDate(Date.UTC(2026, 11, 31, 23, 59, 59) / 1000)).toBe('2026-12-31');
  expect(utcDate(Date.UTC(2027, 0, 1) / 1000)).toBe('2027-01-01');
});
