import { UpstreamAnswer } from './dialect.js';

const MIN_SECONDS = 1;
const MAX_SECONDS = 60;
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Retry-After (RFC 9110 10.2.3) in whole seconds, 1 to 60. A date is taken relative to the answer's own
 * `date`, so that neither a clock of ours nor its skew matters; without one it says nothing.
 * @returns undefined when the header is absent or unreadable
 */
export function retryAfterSeconds(headers: UpstreamAnswer['headers']): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : (epochMs(text) - epochMs(headers['date'])) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, seconds));
}

function epochMs(value: string | string[] | undefined): number {
  // Date.parse alone takes `-5` and `tomorrow 3` for dates.
  return typeof value === 'string' && HTTP_DATE.test(value.trim()) ? Date.parse(value) : Number.NaN;
}
