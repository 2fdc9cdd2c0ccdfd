/** Which published text an operator's errors are written in. */
export type Era = 'vonage' | '0.x' | '1.0' | '2.0' | '2.1';

/** What systems of one dialect do, right or odd, beyond what a manifest says. */
export interface Habits {
  readonly era: Era;
  /** What `x-correlator` must look like; undefined: the version does not declare it, so it is not read. */
  readonly correlator: RegExp | undefined;
  /** A plain number, as the version's schema has it. */
  readonly phoneNumber: RegExp;
  /** A hash as the schema has it; undefined: any string, compared as it stands (so: lower case). */
  readonly hash: RegExp | undefined;
  /** How many properties a body may have: 0.3 and Vonage's v031 allow more than they name. */
  readonly extraProperties: boolean;
  /** Up to 0.4 (April 2024) a hash may be made with or without '+', and the server must try both. */
  readonly hashWithoutPlus: boolean;
  /** Legal up to 0.4: the shared number without its '+'. */
  readonly shareWithoutPlus: boolean;
  readonly contentType: string;
  /** RFC 9207: `iss` on the redirect. */
  readonly issOnRedirect: boolean;
  readonly idToken: boolean;
  readonly tokenType: 'Bearer' | 'bearer';
  readonly ttlSeconds: number;
  /** `expires_in` as a string: against RFC 6749, met in the field. */
  readonly expiresInAsString: boolean;
  readonly refreshToken: boolean;
  /** Numbers of a CIBA answer as strings: in the fixtures of Vonage's Java client. */
  readonly cibaNumbersAsStrings: boolean;
  /** Errors of the OAuth endpoints: RFC 6749 5.2, Vonage's problem+json, or `{code: <int>, message}` as Telefónica's. */
  readonly authErrors: 'oauth' | 'problem' | 'numbered';
}

const PLUS_OPTIONAL = /^\+?[0-9]{5,15}$/;
const E164 = /^\+[1-9][0-9]{4,14}$/;
const ANY = /^[\x20-\x7e]*$/;

const camara: Habits = {
  era: '2.1',
  correlator: /^[a-zA-Z0-9\-_:;./<>{}]{0,256}$/,
  phoneNumber: E164,
  hash: /^[a-fA-F0-9]{64}$/,
  extraProperties: false,
  hashWithoutPlus: false,
  shareWithoutPlus: false,
  contentType: 'application/json',
  issOnRedirect: true,
  idToken: true,
  tokenType: 'Bearer',
  ttlSeconds: 300,
  expiresInAsString: false,
  refreshToken: false,
  cibaNumbersAsStrings: false,
  authErrors: 'oauth',
};

/** CAMARA Number Verification r2.4, r1.3, the 0.4 working draft and v0.3.1; Vonage's OpenAPI 0.3.1. */
const HABITS: Readonly<Record<string, Habits>> = {
  'camara-2.1': camara,
  'camara-2.0': { ...camara, era: '2.0', correlator: /^[a-zA-Z0-9-]{0,55}$/, hash: undefined },
  'camara-1.0': { ...camara, era: '1.0', correlator: ANY, hash: undefined },
  'camara-0.4': {
    ...camara,
    era: '0.x',
    correlator: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    phoneNumber: PLUS_OPTIONAL,
    hash: undefined,
    hashWithoutPlus: true,
  },
  'camara-0.3': {
    ...camara,
    era: '0.x',
    correlator: ANY,
    phoneNumber: PLUS_OPTIONAL,
    hash: undefined,
    extraProperties: true,
    hashWithoutPlus: true,
    shareWithoutPlus: true,
    contentType: 'application/json;charset=UTF-8',
    issOnRedirect: false,
    expiresInAsString: true,
    authErrors: 'numbered',
  },
  'vonage-v031': {
    ...camara,
    era: 'vonage',
    correlator: undefined,
    phoneNumber: PLUS_OPTIONAL,
    hash: undefined,
    extraProperties: true,
    hashWithoutPlus: true,
    issOnRedirect: false,
    idToken: false,
    tokenType: 'bearer',
    ttlSeconds: 29,
    refreshToken: true,
    cibaNumbersAsStrings: true,
    authErrors: 'problem',
  },
};

/** @throws Error for a dialect nobody has taught the sandbox yet */
export function habitsOf(dialect: string): Habits {
  const habits = HABITS[dialect];
  if (habits) return habits;
  throw new Error(`The sandbox does not simulate dialect ${dialect}; teach it in src/sandbox/habits.ts`);
}
