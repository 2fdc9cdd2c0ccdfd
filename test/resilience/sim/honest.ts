import { createHash } from 'node:crypto';
import { readOperatorToken, Truth } from '../truth.js';
import { VirtualOperator } from '../virtual-operators.js';
import { Endpoint } from './fault-plan.js';
import { RawRequest } from './http-bytes.js';

/** A call to the API as an honest operator understands it. */
export interface Understood {
  readonly endpoint: Endpoint;
  readonly truth: Truth;
  /** `true`, `false` or the number. */
  readonly verdict: string;
  /** The body of an honest answer, and that of a dishonest one. */
  readonly body: string;
  readonly lie: string;
}

/** Another number than this one. */
function anotherThan(number: string): string {
  return number.slice(0, -1) + ((Number(number.at(-1)) + 1) % 10);
}

/** @returns undefined for whatever is no call of this operator's API with a token of this run */
export function understand(
  operator: VirtualOperator,
  seed: string,
  { method, path, headers, body }: RawRequest,
): Understood | undefined {
  const truth = readOperatorToken(seed, headers['authorization']?.replace(/^Bearer /, '') ?? '');
  if (!truth) return undefined;
  if (method === 'GET' && operator.share && path === `${operator.basePath}/device-phone-number`) {
    return {
      endpoint: 'share',
      truth,
      verdict: truth.number,
      body: JSON.stringify({ devicePhoneNumber: truth.number }),
      lie: JSON.stringify({ devicePhoneNumber: anotherThan(truth.number) }),
    };
  }
  if (method !== 'POST' || path !== `${operator.basePath}/verify`) return undefined;
  const verdict = matches(body, truth.number);
  if (verdict === undefined) return undefined;
  return {
    endpoint: 'verify',
    truth,
    verdict: String(verdict),
    body: JSON.stringify({ devicePhoneNumberVerified: verdict }),
    lie: JSON.stringify({ devicePhoneNumberVerified: !verdict }),
  };
}

function matches(body: string, number: string): boolean | undefined {
  try {
    const asked = JSON.parse(body) as { phoneNumber?: unknown; hashedPhoneNumber?: unknown };
    if (typeof asked.phoneNumber === 'string') return asked.phoneNumber === number;
    if (typeof asked.hashedPhoneNumber !== 'string') return undefined;
    return asked.hashedPhoneNumber === createHash('sha256').update(number).digest('hex');
  } catch {
    return undefined;
  }
}
