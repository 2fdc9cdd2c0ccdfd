import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.js';

describe('parseStrictJson', () => {
  it('reads whatever JSON.stringify writes, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['the same key twice', '{"a":false,"a":true}'],
    ['the same key escaped', String.raw`{"a":false,"\u0061":true}`],
    ['a repeat below an array', '[{"b":[{"a":1,"a":2}]}]'],
    ['a repeat behind a nested object', '{"a":{"x":1},"a":2}'],
    ['space before the colon', '{"a" :1,"a"\n:2}'],
  ])('refuses %s', (_case, text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });

  it.each([
    ['one key in two objects', '[{"a":1},{"a":2}]'],
    ['a key that repeats its parent', '{"a":{"a":1}}'],
    ['braces and colons inside strings', String.raw`{"a":"{\"a\":1,","b":"\":}"}`],
  ])('takes %s', (_case, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('refuses a repeated key wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.jsonValue(),
        (object, value) => {
          const key = Object.keys(object)[0]!;
          const text = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:${JSON.stringify(value)}}`;
          expect(() => parseStrictJson(text)).toThrow(SyntaxError);
        },
      ),
    );
  });
});
