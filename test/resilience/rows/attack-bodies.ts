import { AttackCase, bad, Good, Parts, sent } from './attack-case.js';

const SHORT = { short: true };
const TOO_LARGE = ['413 INVALID_ARGUMENT', '413 invalid_request'];

const bodies = (
  ...all: readonly (string | Buffer | ((good: Good) => string))[]
): AttackCase['requests'][number][] =>
  all.map((body) => sent((good) => ({ body: typeof body === 'function' ? body(good) : body })));
const number = (text: string): string => JSON.stringify({ phoneNumber: text });
const hash = (text: string): string => JSON.stringify({ hashedPhoneNumber: text });
const form = (path: string, bytes: number): Parts => ({
  path,
  type: 'application/x-www-form-urlencoded',
  body: `grant_type=${'x'.repeat(bytes)}`,
});

/** Bodies that say nothing, too much, or something else. */
export const ATTACK_BODIES: readonly AttackCase[] = [
  bad(
    'C05',
    'bodies without end',
    [
      sent({ body: ' '.repeat(4_097) }),
      sent({ body: 'x'.repeat(300_000) }),
      sent(form('/token', 33 * 1024)),
      sent(form('/bc-authorize', 33 * 1024)),
      sent({ path: '/admin/v1/tenants', body: `"${'x'.repeat(257 * 1024)}"` }),
    ],
    { expect: TOO_LARGE, ...SHORT },
  ),
  bad('C07', 'what is no JSON', [
    ...bodies('', '{', '{"phoneNumber":', 'null', '"x"', '{"phoneNumber":+1}', "{'phoneNumber':'+12345678'}"),
    ...bodies(
      ({ number: n }) => `\ufeff${number(n)}`,
      '{"phoneNumber":"\\ud800"}',
      '{"phoneNumber":"+1\\u0000"}',
    ),
    ...bodies(
      Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d]),
      Buffer.from('{"phoneNumber":"\xff"}', 'latin1'),
    ),
  ]),
  bad(
    'C08',
    'brackets without end',
    bodies('['.repeat(4_000), '['.repeat(2_000) + ']'.repeat(2_000), '{"a":'.repeat(800)),
  ),
  bad(
    'C09',
    'one key twice',
    bodies(
      ({ number: n }) => `{"phoneNumber":"+12345678","phoneNumber":"${n}"}`,
      ({ number: n }) => `{"phoneNumber":"${n}","phoneNumber":"+12345678"}`,
      ({ number: n }) => `{"phoneNumber":"+12345678","\\u0070honeNumber":"${n}"}`,
    ),
    SHORT,
  ),
  bad('C10', 'other properties and types', [
    ...bodies(
      '{}',
      '[]',
      '{"phoneNumber":34600000000}',
      '{"phoneNumber":null}',
      '{"phoneNumber":["+12345678"]}',
    ),
    ...bodies(
      ({ number: n }) => JSON.stringify({ phoneNumber: n, hashedPhoneNumber: 'a'.repeat(64) }),
      ({ number: n }) => JSON.stringify({ phoneNumber: n, other: 1 }),
    ),
  ]),
  bad(
    'C11',
    'keys of the prototype',
    bodies(
      ({ number: n }) => `{"phoneNumber":"${n}","__proto__":{"devicePhoneNumberVerified":true}}`,
      ({ number: n }) => `{"constructor":{"prototype":{"x":1}},"phoneNumber":"${n}"}`,
      ({ number: n }) => `{"__proto__":{"phoneNumber":"${n}"}}`,
    ),
  ),
  bad(
    'C12',
    'numbers that are none',
    bodies(
      ...[
        '+1234',
        '+1234567890123456',
        '+0123456789',
        '12345678',
        '0034600000000',
        '+99 000',
        '+1234567\n',
        '',
      ].map(number),
      ...[
        '+９９００３５００００１',
        '+١٢٣٤٥٦٧٨',
        '+1e10',
        'tel:+12345678',
        '+12345678;ext=1',
        "+1' OR '1'='1",
      ].map(number),
    ),
  ),
  bad(
    'C13',
    'hashes that are none',
    bodies(...['a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64), `0x${'a'.repeat(62)}`, ''].map(hash)),
  ),
];
