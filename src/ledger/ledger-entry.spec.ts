import { expect, test } from '@jest/globals';
import { assert, oneof, property, stringMatching } from 'fast-check';
import { Grant } from '../contract/grant.js';
import { ledgerEntry, utcDate } from './ledger-entry.js';

test('no run of eight digits and no SHA-256 of a correlator gets into a row, whatever stands around it', () => {
  const digits = stringMatching(/^[0-9]{8,15}$/);
  const hash = stringMatching(/^[0-9a-fA-F]{64}$/);
  const around = stringMatching(/^[g-z_:;/<>{}]{0,9}$/);
  assert(
    property(around, oneof(digits, hash), around, (before, secret, after) => {
      const { correlator } = ledgerEntry({ issuedAt: 0 } as Grant, 'verify', before + secret + after);
      expect(correlator).not.toContain(secret);
      expect(correlator).toMatch(/\[(number|hash|token)\]/);
    }),
  );
});

test('the date is the UTC day of the second', () => {
  expect(utcDate(Date.UTC(2026, 11, 31, 23, 59, 59) / 1000)).toBe('2026-12-31');
  expect(utcDate(Date.UTC(2027, 0, 1) / 1000)).toBe('2027-01-01');
});
