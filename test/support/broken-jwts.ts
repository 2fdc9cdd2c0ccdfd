import fc from 'fast-check';
import { GoodJwt, es256, signingInput } from './forge.js';

/** A JWT that must not be accepted. */
export interface JwtMutant {
  /** What is wrong with it, for the report. */
  readonly kind: string;
  /** Called when it is sent: the times in it are of now. */
  make(): string;
}

/** One bit of the header, the payload or the signature; all of the signature; an end that is missing. */
export function damaged({ header, claims, key }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const flipped = fc.tuple(fc.nat(2), fc.nat(), fc.nat(7)).map(([part, at, bit]) => ({
    kind: `bit ${bit} of byte ${at} of part ${part} flipped`,
    make: () => flip(es256(header, claims(), key), part, at, bit),
  }));
  const cut = fc.double({ min: 0, max: 0.999, noNaN: true }).map((share) => ({
    kind: `cut at ${share}`,
    make: () => {
      const whole = es256(header, claims(), key);
      return whole.slice(0, Math.floor(share * (whole.length - 2)));
    },
  }));
  const zeros = fc.constantFrom(0, 1, 32, 63, 64, 65, 72).map((length) => ({
    kind: `a signature of ${length} zeros`,
    make: () => `${signingInput(header, claims())}.${Buffer.alloc(length).toString('base64url')}`,
  }));
  return fc.oneof(
    { arbitrary: flipped, weight: 6 },
    { arbitrary: cut, weight: 3 },
    { arbitrary: zeros, weight: 1 },
  );
}

function flip(token: string, part: number, at: number, bit: number): string {
  const parts = token.split('.').map((text) => Buffer.from(text, 'base64url'));
  const bytes = parts[part]!;
  bytes[at % bytes.length]! ^= 1 << bit;
  return parts.map((one) => one.toString('base64url')).join('.');
}

/** The right parts in a wrong order, number or company. */
export function rearranged({ header, claims, key }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const orders = [
    '021',
    '102',
    '120',
    '201',
    '210',
    '01',
    '0',
    '12',
    '0122',
    '00112',
    '01.',
    '.012',
    '01.2',
    '',
    '0x2',
    '012x',
  ];
  const order = fc.constantFrom(...orders).map((picked) => ({
    kind: `parts ${picked}`,
    make: () => {
      const parts = es256(header, claims(), key).split('.');
      return [...picked].map((digit) => parts[Number(digit)] ?? (digit === 'x' ? 'e30' : '')).join('.');
    },
  }));
  const foreign = fc.constant({
    kind: 'the signature of another',
    make: () => {
      const [first, second] = [1, 2].map(() => es256(header, claims(), key).split('.'));
      return [first![0], first![1], second![2]].join('.');
    },
  });
  const wrapped = fc.constantFrom('Bearer ', ' ', '"', '\n', '\0', '[', '=').map((around) => ({
    kind: `behind ${JSON.stringify(around)}`,
    make: () => `${around}${es256(header, claims(), key)}`,
  }));
  return fc.oneof(order, foreign, wrapped);
}
