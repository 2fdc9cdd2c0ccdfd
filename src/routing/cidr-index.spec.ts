import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { CidrIndex } from './cidr-index.js';
import { parseCidr } from './ip.js';

type Bytes = readonly number[];
interface Block {
  bytes: Bytes;
  length: number;
}

/** The naive model: a block covers an address when their first bits, written out, are the same. */
const bitsOf = (bytes: Bytes): string => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
const inside = (address: Bytes, { bytes, length }: Block): boolean =>
  address.length === bytes.length && bitsOf(address).startsWith(bitsOf(bytes).slice(0, length));

const text = (bytes: Bytes): string =>
  bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16)).join(
        ':',
      );

/** Few values for each byte, so that blocks and addresses meet often. */
const bytes = (count: 4 | 16) =>
  fc.array(fc.constantFrom(0x20, 0x21, 0xa0, 0xff), { minLength: count, maxLength: count });
const family = (count: 4 | 16) => {
  // 40 bits are enough to tell most of these IPv6 addresses apart.
  const block = fc.record({
    bytes: bytes(count),
    length: fc.integer({ min: 0, max: Math.min(40, count * 8) }),
  });
  return fc.record({ address: bytes(count), blocks: fc.array(block, { maxLength: 30 }) });
};

describe('CidrIndex', () => {
  test.each([['IPv4', 4] as const, ['IPv6', 16] as const])(
    'finds exactly the blocks around an %s address, the narrowest first',
    (_name, count) => {
      let met = 0;
      fc.assert(
        fc.property(family(count), ({ address, blocks }) => {
          const index = new CidrIndex(
            blocks.map((block) => [`${text(block.bytes)}/${block.length}`, block] as const),
          );
          const expected = blocks.filter((block) => inside(address, block));
          const found = index.around(text(address)).flat();
          met += found.length;
          expect(new Set(found)).toEqual(new Set(expected));
          expect(found.map(({ length }) => length)).toEqual(
            expected.map(({ length }) => length).sort((a, b) => b - a),
          );
        }),
        { numRuns: 500 },
      );
      expect(met).toBeGreaterThan(100);
    },
  );

  test('an IPv4 address inside IPv6 is the IPv4 address, in rules and in questions', () => {
    const index = new CidrIndex([
      ['203.0.113.0/24', 'plain'],
      ['::ffff:198.51.100.0/120', 'mapped'],
    ]);
    expect(index.around('::ffff:203.0.113.7')).toEqual([['plain']]);
    expect(index.around('198.51.100.9')).toEqual([['mapped']]);
    expect(new CidrIndex([['::/0', 'all of IPv6']]).around('203.0.113.7')).toEqual([]);
  });

  test.each(['', 'localhost', '203.0.113', '0313.1.1.1', '203.0.113.7:80', '[2001:db8::1]', '1'])(
    '%j is no address and lies nowhere',
    (given) => {
      const index = new CidrIndex([
        ['0.0.0.0/0', 'v4'],
        ['::/0', 'v6'],
      ]);
      expect(index.around(given)).toEqual([]);
    },
  );
});

describe('a CIDR block', () => {
  test.each([
    ['23.124.1.200/20', '23.124.0.0/20'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::1/32', '2001:db8::/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('%s is read as %s', (given, expected) => {
    expect(parseCidr(given)?.text).toBe(expected);
  });

  test.each([
    '',
    '/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0/8',
    '2001:db8::/129',
    '10.0.0.0/8/8',
    'a',
    '10.0.0.0/-1',
  ])('%j is none', (given) => {
    expect(parseCidr(given)).toBeUndefined();
  });
});
