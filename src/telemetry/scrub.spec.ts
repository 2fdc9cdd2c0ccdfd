import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { assert, integer, property, stringMatching, uuid } from 'fast-check';
import { Scrubbed } from './labels.js';
import { scrub, scrubCorrelator } from './scrub.js';

const foundIn = (text: string): Scrubbed[] => {
  const found: Scrubbed[] = [];
  scrub(text, (kind) => found.push(kind));
  return found;
};

describe('a text', () => {
  test('no phone number survives, wherever it stands', () => {
    const words = stringMatching(/^[a-z :.]{0,20}$/);
    assert(
      property(stringMatching(/^\+?[1-9][0-9]{6,14}$/), words, (number, text) => {
        const scrubbed = scrub(`${text}${number}${text}`);
        expect(scrubbed).toMatch(/\[(number|token)\]/);
        expect(scrubbed).not.toMatch(/\d{7}/);
      }),
    );
  });

  test('no SHA-256 survives: hexadecimal in either case, base64 in either alphabet', () => {
    assert(
      property(stringMatching(/^\+[1-9][0-9]{6,14}$/), (number) => {
        const hash = createHash('sha256').update(number).digest();
        for (const spelled of [
          hash.toString('hex'),
          hash.toString('hex').toUpperCase(),
          hash.toString('base64'),
          hash.toString('base64url'),
        ]) {
          expect(scrub(`not ${spelled}!`)).toMatch(/^not \[(hash|token)\]!$/);
        }
      }),
    );
  });

  test('no token survives', () => {
    expect(scrub('token eyJhbGciOiJkaXIiLCJlbmMi..c2l4dGVlbmJ5dGVz.Y2lwaGVy.dGFn')).toBe('token [token]');
    expect(scrub('secret nvk_live_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFi')).toBe('secret [token]');
  });

  test('what was found is told, by its kind', () => {
    const hash = randomBytes(32).toString('hex');
    expect(foundIn(`+99003100001 and ${hash} and aaaaaaaaaaaaaaaa.b.c`)).toEqual(['msisdn', 'hash', 'token']);
    expect(foundIn('connect ECONNREFUSED 127.0.0.1:5432')).toEqual([]);
  });

  test('a UUID is kept, whatever digits chance gave it', () => {
    assert(
      property(uuid(), (id) => {
        expect(scrub(`row ${id} of 12`)).toBe(`row ${id} of 12`);
      }),
    );
  });

  test('where it happened stays readable, however long the path', () => {
    const path = 'node_modules/@Nestjs/Core/router/router-execution-context-v2/index.js';
    assert(
      property(integer({ min: 1, max: 99_999 }), integer({ min: 1, max: 999 }), (line, column) => {
        const stack = `Error: no\n    at Call.body (file:///srv/App1/${path}:${line}:${column})`;
        expect(scrub(stack)).toBe(stack);
      }),
    );
  });
});

describe('an x-correlator', () => {
  test('that is an id by its shape is kept', () => {
    for (const id of [
      randomUUID(),
      '12345678-1234-4123-8123-123456789012',
      '4bf92f3577b34da6a3ce929d0e0e4736',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      '01ARZ3NDEKTSV4RRFFQ69G5FAV',
      'order-1234567',
      'V1StGXR8_Z5jdHi6B-myT',
    ]) {
      expect(scrubCorrelator(id)).toBe(id);
    }
  });

  test('that holds a number, its hash or a secret loses it', () => {
    expect(scrubCorrelator('tel:99003100001')).toBe('tel:[number]');
    expect(scrubCorrelator(createHash('sha256').update('+99003100001').digest('hex'))).toBe('[hash]');
    expect(scrubCorrelator('cnry-YMlhgw3sp_Ddycv9Y8kL82Bfc6mMvG0I')).toBe('[token]');
  });
});
