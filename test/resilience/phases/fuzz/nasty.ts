import { Random } from '../../random.js';

const NASTY = [
  '',
  ' ',
  '\0',
  '\r\nx-injected: 1',
  '\n',
  '%00',
  '%0d%0a',
  '../../../etc/passwd',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '${jndi:ldap://localhost/a}',
  '{{7*7}}',
  '=cmd()',
  '__proto__',
  'constructor',
  'true',
  'null',
  '-1',
  '1e309',
  '99999999999999999999',
  '\ud800',
  '\u202e',
  'é',
  '☃'.repeat(20),
  'x'.repeat(300),
  'a'.repeat(5_000),
  '[object Object]',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'openid dpv:FraudPreventionAndDetection number-verification:verify',
  '00000000-0000-0000-0000-000000000000',
  'tel:+99012345678',
  '10.1.0.1',
];

export function nasty(random: Random): string {
  if (random.chance(0.7)) return random.pick(NASTY);
  const length = random.below(random.chance(0.9) ? 20 : 400);
  return String.fromCharCode(
    ...Array.from({ length }, () => random.below(random.chance(0.8) ? 127 : 0x2fff)),
  );
}

/** Any value that JSON can hold, not deep. */
export function anyJson(random: Random, depth = 0): unknown {
  const kinds: (() => unknown)[] = [
    () => nasty(random),
    () => random.next() * 10 ** random.below(20) - 5,
    () => random.chance(0.5),
    () => null,
    () => `+${String(random.below(1e15))}`,
  ];
  if (depth < 3) {
    kinds.push(
      () => Array.from({ length: random.below(4) }, () => anyJson(random, depth + 1)),
      () =>
        Object.fromEntries(
          Array.from({ length: random.below(4) }, () => [nasty(random), anyJson(random, depth + 1)]),
        ),
    );
  }
  return random.pick(kinds)();
}

/** The same bytes with a few of them changed, missing, doubled or added. */
export function torn(random: Random, bytes: Buffer): Buffer {
  let text = bytes.toString('latin1');
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(text.length + 1);
    const length = random.below(12);
    const other = String.fromCharCode(...Array.from({ length }, () => random.below(256)));
    text = random.pick([
      () => text.slice(0, at) + other + text.slice(at + length),
      () => text.slice(0, at) + text.slice(at + length),
      () => text.slice(0, at) + text.slice(Math.max(0, at - length)),
      () => text.slice(0, at) + other + text.slice(at),
      () => text.replace('\r\n', random.pick(['\n', '\r', '\r\n\r\n', '\0'])),
      () => text.slice(0, at),
    ])();
  }
  return Buffer.from(text, 'latin1');
}
