import { PhoneNumber } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { parseStrictJson } from '../contract/strict-json.js';
import { UpstreamAnswer } from './dialect.js';

/**
 * The JSON object of a 200. A tolerant reader of extra properties, but of nothing else: what is not
 * certainly an answer is none.
 * @param accepted a media type taken beside application/json
 * @throws Problem operatorRouteBroken
 */
export function readPayload(answer: UpstreamAnswer, accepted?: string): Record<string, unknown> {
  const encoding = text(answer.headers['content-encoding']);
  // Only `identity` is asked for; anything else would be decoded by guess.
  if (encoding !== '' && encoding !== 'identity') throw broken('content encoding');
  const mediaType = text(answer.headers['content-type']).split(';')[0]?.trim();
  if (mediaType !== 'application/json' && (!accepted || mediaType !== accepted.toLowerCase())) {
    throw broken('content type');
  }
  const payload = parse(answer.body);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw broken('no object');
  const fields = payload as Record<string, unknown>;
  if (isErrorInfo(fields)) throw broken('ErrorInfo');
  return fields;
}

/**
 * Only a JSON boolean is a verdict: never coerced, never defaulted.
 * @throws Problem operatorRouteBroken
 */
export function readVerdict(payload: Record<string, unknown>): boolean {
  const verdict = own(payload, 'devicePhoneNumberVerified');
  if (typeof verdict !== 'boolean') throw broken('devicePhoneNumberVerified');
  return verdict;
}

/**
 * Up to NV 0.4 the '+' is optional, and some operators of later versions leave it out all the same.
 * @returns E.164 with '+'
 * @throws Problem operatorRouteBroken
 */
export function readNumber(payload: Record<string, unknown>): string {
  const given = own(payload, 'devicePhoneNumber');
  if (typeof given !== 'string') throw broken('devicePhoneNumber');
  const number = given.startsWith('+') ? given : `+${given.replace(/^00/, '')}`;
  if (!PhoneNumber.safeParse(number).success) throw broken('devicePhoneNumber');
  return number;
}

/** Only what the operator itself wrote: `__proto__` tricks inherit nothing. */
function own(payload: Record<string, unknown>, field: string): unknown {
  return Object.hasOwn(payload, field) ? payload[field] : undefined;
}

/** An error in a 200 outweighs whatever verdict stands beside it. */
function isErrorInfo({ status, code, message }: Record<string, unknown>): boolean {
  return status !== undefined && typeof code === 'string' && typeof message === 'string';
}

function text(header: string | string[] | undefined): string {
  return String(header ?? '').toLowerCase();
}

function parse(body: string): unknown {
  try {
    return parseStrictJson(body);
  } catch {
    // The parser's own message quotes the body, which may hold a phone number.
    throw broken('JSON');
  }
}

function broken(what: string): Problem {
  return new Problem('operatorRouteBroken', { detail: `unusable 200: ${what}` });
}
