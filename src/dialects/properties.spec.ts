import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PhoneNumber } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { Target, UpstreamAnswer } from './dialect.js';
import { DIALECTS } from './dialects.js';

const TARGET: Target = {
  basePath: '',
  capabilities: { verifyPlain: true, verifyHashed: true, share: true, hashOf: 'e164', stripPlus: false },
};

const fieldName = fc.constantFrom(
  'devicePhoneNumberVerified',
  'devicePhoneNumber',
  'status',
  'code',
  'message',
);
const fieldValue = fc.oneof(
  fc.boolean(),
  fc.constantFrom('true', 'false', '+99003100001', '99003100001', null, 0),
  fc.jsonValue(),
);
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc.dictionary(fieldName, fieldValue).map((fields) => JSON.stringify(fields)),
);
const answer: fc.Arbitrary<UpstreamAnswer> = fc.record({
  status: fc.oneof(fc.constant(200), fc.integer({ min: 100, max: 999 })),
  headers: fc.record({
    'content-type': fc.constantFrom(
      'application/json',
      'application/json; charset=utf-8',
      'text/html',
      undefined,
    ),
    'content-encoding': fc.constantFrom(undefined, 'identity', 'gzip'),
    'retry-after': fc.option(fc.string(), { nil: undefined }),
    date: fc.option(fc.string(), { nil: undefined }),
  }),
  body,
});

/** Written apart from the code under test: what a verdict looks like, and nothing else. */
function statedVerdict({ status, headers, body }: UpstreamAnswer): boolean | undefined {
  if (status !== 200 || headers['content-encoding'] === 'gzip') return undefined;
  if (!String(headers['content-type']).startsWith('application/json')) return undefined;
  try {
    const parsed = JSON.parse(body) as { devicePhoneNumberVerified?: unknown };
    return [true, false].find((verdict) => parsed?.devicePhoneNumberVerified === verdict);
  } catch {
    return undefined;
  }
}

/** undefined for a Problem; anything else that is thrown fails the test. */
function answerOrProblem<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

describe.each(DIALECTS)('$name, whatever an operator answers,', (dialect) => {
  it('gives the verdict that is stated, or a Problem', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const verdict = answerOrProblem(() => dialect.decodeVerify(given, TARGET));
        if (verdict !== undefined) expect(verdict).toBe(statedVerdict(given));
      }),
      { numRuns: 500 },
    );
  });

  it('gives a number of E.164, or a Problem', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const number = answerOrProblem(() => dialect.decodeShare(given, TARGET));
        if (number !== undefined) expect(PhoneNumber.safeParse(number).success).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('asks to wait 1 to 60 seconds, or says nothing of it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(402, 429, 503),
        fc.oneof(fc.string(), fc.nat().map(String)),
        (status, value) => {
          try {
            dialect.decodeVerify({ status, headers: { 'retry-after': value }, body: '' }, TARGET);
          } catch (error) {
            const { retryAfterSeconds = 1 } = error as Problem;
            expect(Number.isInteger(retryAfterSeconds)).toBe(true);
            expect(retryAfterSeconds >= 1 && retryAfterSeconds <= 60).toBe(true);
          }
        },
      ),
    );
  });
});
