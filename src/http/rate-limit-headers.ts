import { Standing } from '../contract/rate-limit.js';

interface HeaderSink {
  header(name: string, value: string): unknown;
}

/** The policies change seldom, so their text is kept; how one stands with them is new with each call. */
const POLICY_TEXTS = new WeakMap<Standing['policies'], string>();

/**
 * Writes `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10; structured fields of
 * RFC 9651). Names are ours, so nothing needs escaping. A second call replaces the first.
 */
export function writeRateLimits(reply: HeaderSink, { policies, tightest }: Standing): void {
  reply.header('ratelimit-policy', policyText(policies));
  if (tightest.length > 0) reply.header('ratelimit', standingText(tightest));
}

function policyText(policies: Standing['policies']): string {
  let text = POLICY_TEXTS.get(policies);
  if (text === undefined) {
    text = policies
      .map(({ name, quota, windowSeconds }) =>
        windowSeconds === undefined
          ? `"${name}";q=${quota};qu="concurrent-requests"`
          : `"${name}";q=${quota};w=${windowSeconds}`,
      )
      .join(', ');
    POLICY_TEXTS.set(policies, text);
  }
  return text;
}

function standingText(tightest: Standing['tightest']): string {
  let text = '';
  for (const { name, remaining, resetSeconds } of tightest) {
    if (text !== '') text += ', ';
    text += `"${name}";r=${remaining}`;
    if (resetSeconds !== undefined) text += `;t=${resetSeconds}`;
  }
  return text;
}
