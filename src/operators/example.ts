import { z } from 'zod';
import { HashedPhoneNumber, PhoneNumber } from '../contract/number-verification.js';
import { ProblemName, PROBLEMS } from '../contract/problem.js';

/** The consumer's correlator in an example that names none. */
export const EXAMPLE_CORRELATOR = '11111111-1111-4111-8111-111111111111';
/** What the gateway sends instead, in examples, where the dialect refuses the consumer's. */
export const EXAMPLE_REPLACEMENT = '00000000-0000-4000-8000-000000000000';

const headers = z.record(z.string().regex(/^[a-z0-9-]+$/, 'header names in lower case'), z.string());

/**
 * `operators/<id>/examples/*.yaml`: a test and a page of documentation in one. Refused before anything is
 * sent: no `sent`, no `answered`.
 */
export const Example = z
  .strictObject({
    /** Body of verify, or the word `share`. */
    asked: z.union([
      z.literal('share'),
      z.strictObject({ phoneNumber: PhoneNumber }),
      z.strictObject({ hashedPhoneNumber: HashedPhoneNumber }),
    ]),
    /** The consumer's `x-correlator`. */
    correlator: z.string().optional(),
    sent: z
      .strictObject({
        method: z.enum(['GET', 'POST']),
        path: z.string().startsWith('/'),
        /** A part of the headers; those not named may have any value. */
        headers: headers.optional(),
        body: z.record(z.string(), z.unknown()).optional(),
      })
      .optional(),
    answered: z
      .strictObject({
        status: z.int().min(100).max(599),
        /** Without a `content-type` of their own: application/json. */
        headers: headers.optional(),
        /** Written as JSON on the wire. */
        body: z.unknown().optional(),
        /** The body as it is, for what is no JSON. */
        text: z.string().optional(),
      })
      .refine(({ body, text }) => body === undefined || text === undefined, 'body or text, not both')
      .optional(),
    returned: z.union([z.boolean(), PhoneNumber]).optional(),
    raised: z.enum(Object.keys(PROBLEMS) as [ProblemName, ...ProblemName[]]).optional(),
    /** What a `raised` problem says of it. */
    retryAfterSeconds: z.int().optional(),
  })
  .refine(({ sent, answered }) => !sent === !answered, 'sent and answered, or neither')
  .refine(({ returned, raised }) => (returned === undefined) !== (raised === undefined), 'returned or raised')
  .refine(({ sent, raised }) => sent || raised, 'raised, where nothing is sent');
export type Example = z.infer<typeof Example>;
