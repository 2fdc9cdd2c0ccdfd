import { oauthShaped } from './operator-error.js';

/** No token of ours lives longer, so no more need be believed of an operator's. */
const MAX_LIFETIME_SECONDS = 300;

/**
 * How long an operator's token may be taken to live. `expires_in` comes as a number, as a string, or as
 * nonsense; what cannot be read is no reason to refuse a token, nor to trust it beyond our own limit.
 * @returns whole seconds, 1 to 300
 */
export function lifetimeOf(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn.trim() || Number.NaN) : expiresIn;
  if (typeof seconds !== 'number' || !(seconds >= 1)) return MAX_LIFETIME_SECONDS;
  return Math.min(MAX_LIFETIME_SECONDS, Math.floor(seconds));
}

/** CIBA Core 7.3: what a missing interval means. */
const DEFAULT_INTERVAL_SECONDS = 5;

/**
 * How often an operator is polled (CIBA). What it names is heeded within reason: nobody is asked in a loop, and
 * no sign-in is forgotten for years.
 * @returns seconds, 2 to 30
 */
export function intervalOf(interval: unknown): number {
  const seconds = typeof interval === 'string' ? Number(interval.trim() || Number.NaN) : interval;
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) return DEFAULT_INTERVAL_SECONDS;
  return Math.min(30, Math.max(2, seconds));
}

/**
 * Takes out of a token answer what the gateway must not use, before a library reads it: refresh tokens (NV
 * 2.1.1: none for these scopes), and id_tokens that cannot be verified. `expires_in` is made a sane number.
 * @param body JSON; anything else is left for the library to refuse
 */
export function tamedTokenAnswer(body: string, keepIdToken: boolean): string {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return body;
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return body;
  const { refresh_token: _never, id_token, ...rest } = answer as Record<string, unknown>;
  return JSON.stringify({
    ...rest,
    expires_in: lifetimeOf(rest['expires_in']),
    ...('auth_req_id' in rest && { interval: intervalOf(rest['interval']) }),
    ...(keepIdToken && id_token !== undefined && { id_token }),
  });
}

/** A fetch whose token answers are tamed; everything else passes as it is. */
export function tamingFetch(fetcher: typeof fetch, keepIdToken: boolean): typeof fetch {
  return async (input, init) => {
    const response = await fetcher(input, init);
    if (init?.method !== 'POST') return response;
    if (response.status !== 200) return oauthShaped(response, init.body);
    const { status, headers } = response;
    return new Response(tamedTokenAnswer(await response.text(), keepIdToken), { status, headers });
  };
}
