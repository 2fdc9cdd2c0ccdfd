import type { JWK } from 'jose';
import { z } from 'zod';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

/** What makes a key private (RFC 7518 §6), or a shared secret. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const MIN_RSA_BITS = 2048;

const SigningKey = z
  .looseObject({
    kty: z.enum(['EC', 'RSA']),
    kid: z.string().min(1).max(256).optional(),
    alg: z.enum(SIGNING_ALGORITHMS).optional(),
    use: z.literal('sig').optional(),
    crv: z.string().optional(),
    n: z.string().optional(),
  })
  .refine((key) => PRIVATE.every((name) => !(name in key)))
  .refine(({ kty, crv }) => kty === 'RSA' || crv === 'P-256')
  .refine(({ kty, n = '' }) => kty === 'EC' || Buffer.from(n, 'base64url').length * 8 >= MIN_RSA_BITS)
  .transform((key) => key as JWK);

/**
 * A key set as we take it from elsewhere: public keys for our algorithms, each with a name of its own. Keys for
 * encryption are none of our business; anything else that is wrong with one key speaks against the whole set.
 */
export const KeySet = z.object({
  keys: z
    .array(z.record(z.string(), z.unknown()))
    .transform((keys): unknown[] => keys.filter(({ use }) => use !== 'enc'))
    .pipe(z.array(SigningKey).max(20))
    .refine((keys) => {
      const kids = keys.flatMap(({ kid }) => kid ?? []);
      return new Set(kids).size === kids.length;
    }),
});
export type KeySet = z.infer<typeof KeySet>;

/** Keys of a kind that we do not verify with: operators sign for others, too. */
function isOfNoUse({ use, kty, alg, crv }: Record<string, unknown>): boolean {
  if (use === 'enc') return true;
  if (kty === 'EC') return crv !== 'P-256';
  if (kty !== 'RSA') return kty === 'OKP';
  return typeof alg === 'string' && /^(RS|PS)(256|384|512)$/.test(alg) && alg !== 'RS256' && alg !== 'PS256';
}

/**
 * The key set of an operator: those of its keys that we can use, one at least. Private or shared keys, two of one name,
 * weak ones, and ones whose kind and algorithm contradict each other speak against the whole set.
 */
export const OperatorKeySet = z
  .object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) })
  .refine(({ keys }) => keys.every((key) => PRIVATE.every((name) => !(name in key))))
  .transform(({ keys }) => ({ keys: keys.filter((key) => !isOfNoUse(key)) }))
  .pipe(KeySet)
  .refine(
    ({ keys }) =>
      keys.length > 0 &&
      keys.every(({ kty, alg = '' }) => alg === '' || (kty === 'EC') === (alg === 'ES256')),
  );
