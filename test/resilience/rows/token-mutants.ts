import { createHmac } from 'node:crypto';
import { Random } from '../random.js';

const b64 = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Headers that ask for another way to be opened, beside everything else that is right. */
const HEADERS: readonly Record<string, unknown>[] = [
  { alg: 'none' },
  { alg: 'NONE', enc: 'A256GCM' },
  { alg: 'A256KW', enc: 'A256GCM' },
  { alg: 'dir', enc: 'A128GCM' },
  { alg: 'dir', enc: 'none' },
  { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 1_000_000_000, p2s: 'AAAA' },
  { alg: 'RSA-OAEP', enc: 'A256GCM' },
  { alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
  { alg: 'dir', enc: 'A256GCM', zip: 'DEF' },
  { alg: 'dir', enc: 'A256GCM', crit: ['exp'], exp: 1 },
  { alg: 'dir', enc: 'A256GCM', jku: 'https://localhost/jwks' },
  { alg: 'dir', enc: 'A256GCM', jwk: { kty: 'oct', k: 'AAAA' } },
  { alg: 'dir', enc: 'A256GCM', x5u: 'https://localhost/x5u' },
];
const KIDS = [
  '',
  '../../../../dev/null',
  "' OR '1'='1",
  '*',
  '__proto__',
  'constructor',
  '\0',
  'x'.repeat(2_000),
  7,
  null,
  ['a'],
  {},
];
const JWTS = ['none', 'HS256', 'RS256', 'ES256', 'EdDSA'];

/**
 * Tokens that are not ours, however near they come. Odd ones are as many as wanted; of each kind there is at least one.
 * @param good a compact JWE of ours
 * @param other another one of ours, as good
 */
export function tokenMutants(good: string, other: string, random: Random, count: number): string[] {
  const parts = good.split('.');
  const [header = '', key = '', iv = '', text = '', tag = ''] = parts;
  const others = other.split('.');
  const right = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>;
  const claims = b64({
    iss: 'x',
    sub: 'x',
    scope: 'number-verification:verify',
    exp: 4_102_444_800,
    jti: 'x',
  });
  const known = [
    ...HEADERS.map((one) => [b64({ ...right, ...one }), key, iv, text, tag].join('.')),
    ...KIDS.map((kid) => [b64({ ...right, kid }), key, iv, text, tag].join('.')),
    ...JWTS.map((alg) => {
      const unsigned = `${b64({ alg, typ: 'at+jwt' })}.${claims}`;
      const mac = createHmac('sha256', JSON.stringify(right)).update(unsigned).digest('base64url');
      return `${unsigned}.${alg === 'none' ? '' : mac}`;
    }),
    ...[0, 2, 3, 4].map((at) => parts.with(at, others[at]!).join('.')),
    [header, key, iv, text, ''].join('.'),
    [header, key, iv, '', tag].join('.'),
    [header, key, iv, text, tag.slice(0, 8)].join('.'),
    [header, 'AAAA', iv, text, tag].join('.'),
    parts.slice(0, 4).join('.'),
    `${good}.${tag}`,
    good.repeat(2),
    good.toUpperCase(),
    parts.toReversed().join('.'),
    '....',
    '',
  ];
  const torn = Array.from({ length: Math.max(0, count - known.length) }, () => {
    const at = random.below(good.length);
    const given = good[at]!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=';
    const changed = random.chance(0.2) ? '' : random.pick([...alphabet].filter((one) => one !== given));
    return good.slice(0, at) + changed + good.slice(at + 1);
  });
  // The last character of a part may hold bits that mean nothing: such a token is the same one.
  return [...known, ...torn].filter((one) => one !== good);
}
