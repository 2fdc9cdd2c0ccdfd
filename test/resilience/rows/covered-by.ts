import { readFileSync } from 'node:fs';

/** A row that a test of `npm test` proves: what must stand in which file for that to be true. */
export interface Covered {
  readonly id: string;
  readonly title: string;
  /** File below the repository's root, and a text in it: the title of the test, or the row of its table. */
  readonly by: readonly (readonly [file: string, text: string])[];
}

const OPERATOR_KEYS = 'src/broker/operator-keys.spec.ts';
const PERMIT = 'src/upstream/permit.spec.ts';
const BREAKER = 'src/upstream/breaker.spec.ts';
const SANDBOX_FAULTS = 'test/sandbox-faults.spec.ts';
const SIGN_IN_TABLE = 'src/sandbox/sign-in-faults.ts';
const ENDS_IN = 'row $code, $shows, ends in $northbound';
const DOES_NO_HARM = 'row $code, $shows, does no harm';

const tamed = (...rows: string[]): Covered['by'] => [
  [SANDBOX_FAULTS, DOES_NO_HARM],
  ...rows.map((row) => [SIGN_IN_TABLE, row] as const),
];
const refused = (...rows: string[]): Covered['by'] => [
  [SANDBOX_FAULTS, ENDS_IN],
  ...rows.map((row) => [SIGN_IN_TABLE, row] as const),
];

export const COVERED: readonly Covered[] = [
  {
    id: 'U32',
    title: 'half-open lets one of 100 callers pass',
    by: [
      [PERMIT, 'U32 lets exactly one of 100 callers reach the operator'],
      [BREAKER, 'does not take a call admitted earlier for its probe'],
    ],
  },
  {
    id: 'U34',
    title: 'API and token endpoint have circuits of their own',
    by: [[PERMIT, 'U34 at the API leaves the token endpoint alone']],
  },
  {
    id: 'U37',
    title: 'the name resolves to an inner address',
    by: [['src/upstream/reach.spec.ts', 'U37 an operator whose name leads to an inner address']],
  },
  {
    id: 'U38',
    title: 'the operator rotates its keys',
    by: [[OPERATOR_KEYS, 'U38 a new key is found by the first sign-in that meets it: none fails']],
  },
  { id: 'U39', title: 'the key set is down', by: [[OPERATOR_KEYS, 'U39 a key set that cannot be read']] },
  {
    id: 'U40',
    title: 'a flood of unknown kids',
    by: [[OPERATOR_KEYS, 'U40 a flood of unknown keys makes us ask at most twice a minute']],
  },
  { id: 'U41', title: 'a broken key set', by: [[OPERATOR_KEYS, 'U41 a bad key set']] },
  {
    id: 'U42',
    title: "the operator's clock is off",
    by: [
      [
        'src/broker/operator-assertions.spec.ts',
        'expect(Date.now() / 1000 - iat).toBeGreaterThanOrEqual(10)',
      ],
      ['test/conformance-southbound-direct.spec.ts', 'expect(exp! - iat!).toBeLessThanOrEqual(300)'],
    ],
  },
  {
    id: 'U43',
    title: 'discovery names another issuer or origin',
    by: [['src/broker/operator-servers.spec.ts', 'U43 discovery that suddenly names']],
  },
  {
    id: 'U44',
    title: 'CIBA pending for ever ends as expired_token',
    by: refused('authorization_pending for ever', 'poll: expired_token'),
  },
  {
    id: 'U45',
    title: 'CIBA slow_down; interval missing, 0, huge',
    by: tamed('slow_down once', 'interval is missing', 'interval is 0', 'interval is 1000000000'),
  },
  {
    id: 'U46',
    title: "errors of the operator's sign-in go back to the redirect_uri",
    by: refused("'login_required'", "'consent_required'", 'an error code no standard knows'),
  },
  {
    id: 'U47',
    title: 'a sign-in that nobody ends leaves nothing behind',
    by: [['src/broker/sweep.spec.ts', 'expired rows go, all of them, and live ones stay']],
  },
  {
    id: 'U48',
    title: 'odd token answers: expires_in, refresh_token, scope, token_type',
    by: [
      ...tamed('expires_in is "300"', 'expires_in is -1', 'expires_in is 1e12', 'with a refresh_token'),
      ...refused('no token_type'),
      [SANDBOX_FAULTS, 'row 127: a wider scope of the operator widens nothing'],
    ],
  },
  {
    id: 'U50',
    title: 'the backoff grows, a healed operator is ramped up to',
    by: [
      [BREAKER, 'stays open twice as long for each probe that fails'],
      [BREAKER, 'closes after a good probe, forgets the past, and ramps up'],
    ],
  },
];

/** A row of the catalogue that nothing proves yet. It is named, so that nobody takes silence for proof. */
export interface Unproven {
  readonly id: string;
  readonly title: string;
  readonly why: string;
}

export const UNPROVEN: readonly Unproven[] = [];

/** @returns what is missing for a row to be proven; empty when all stands where it should */
export function missing({ by }: Covered, root: string): string[] {
  return by.flatMap(([file, text]) => {
    try {
      return readFileSync(`${root}/${file}`, 'utf8').includes(text) ? [] : [`${file} has no '${text}'`];
    } catch {
      return [`${file} is gone`];
    }
  });
}
