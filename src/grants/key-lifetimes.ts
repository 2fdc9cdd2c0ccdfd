import { KeyUse } from './key.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Within this time every process has learnt of a new key: each reads the ring once a minute. */
export const SPREAD_MS = 10 * MINUTE_MS;

export interface KeyLifetime {
  /** The key that seals is replaced at this age. */
  readonly maxAgeMs: number;
  /** The schedule publishes its successor this long before. */
  readonly publishAheadMs: number;
  /** How long, after its last use, what it sealed or signed must still open or verify. */
  readonly outlivedByMs: number;
}

const ACCESS_TOKEN: KeyLifetime = {
  maxAgeMs: DAY_MS,
  publishAheadMs: SPREAD_MS,
  // Access tokens live for at most 300 s.
  outlivedByMs: 5 * MINUTE_MS,
};

const AT_REST: KeyLifetime = {
  maxAgeMs: DAY_MS,
  publishAheadMs: SPREAD_MS,
  // Sign-ins in progress; the longest takes 2 min.
  outlivedByMs: 10 * MINUTE_MS,
};

const VAULT: KeyLifetime = {
  maxAgeMs: 365 * DAY_MS,
  publishAheadMs: SPREAD_MS,
  // What it sealed lies in rows for years: older keys open for ever.
  outlivedByMs: Infinity,
};
// What we sign lives for 300 s, but others keep copies of our key sets, some for a day.
const OIDC: KeyLifetime = { maxAgeMs: 90 * DAY_MS, publishAheadMs: DAY_MS, outlivedByMs: DAY_MS };

// A week's notice: an operator may have stored our key set by hand instead of reading it from its URL.
const OPERATOR: KeyLifetime = { ...OIDC, publishAheadMs: 7 * DAY_MS };

/**
 * @param use as it stands in the database; a newer version of ours may have put in uses that we do not know
 * @returns undefined for a key that is never replaced or removed
 */
export function lifetimeOf(use: KeyUse | (string & {})): KeyLifetime | undefined {
  if (use === 'access-token') return ACCESS_TOKEN;
  if (use === 'at-rest') return AT_REST;
  if (use === 'vault') return VAULT;
  if (use === 'oidc') return OIDC;
  return use.startsWith('operator:') ? OPERATOR : undefined;
}

const WHY_NEVER: Readonly<Record<string, string>> = {
  subject:
    'Pairwise subjects are made with it: with another key every user would be a stranger to every application.',
  pepper: 'Client secrets are recognised by it: with another key none would be valid any more.',
  audit: 'The audit trail is chained with it: with another key it would look forged.',
};

/** Why there is no rotation of a key that {@link lifetimeOf} knows no lifetime of; for people. */
export function whyNeverReplaced(use: string): string {
  return WHY_NEVER[use] ?? 'This version does not know what it is for.';
}
