import { KeyObject, createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';

/** What makes a key private, or a shared secret (RFC 7518 §6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;
const MIN_RSA_BITS = 2048;
const MIN_EXPONENT = 65_537n;
const MAX_KEYS = 10;

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'must be base64url');

/** Nobody who needs the private half of a key should have it: such a set is refused, not trimmed. */
const noPrivateMember = Object.fromEntries(
  PRIVATE.map((member) => [
    member,
    z.never({ error: 'must not be given: only public keys are kept' }).optional(),
  ]),
);

/** Members that a key is not made of, such as `x5c`, are dropped (RFC 7517 §4). */
const PublicKey = z
  .object({
    kty: z.enum(['EC', 'RSA']),
    kid: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
    use: z.literal('sig', { error: 'must be sig' }).optional(),
    alg: z.enum(['ES256', 'PS256', 'RS256']).optional(),
    crv: z.string().optional(),
    x: base64url.max(43).optional(),
    y: base64url.max(43).optional(),
    n: base64url.max(1_366).optional(),
    e: base64url.max(8).optional(),
    ...noPrivateMember,
  })
  .superRefine((jwk, context) => {
    const wrong = faultOf(jwk);
    if (wrong) context.addIssue({ code: 'custom', path: [wrong.member], message: wrong.message });
  })
  .transform((jwk) => jwk as unknown as JWK & { kid: string });

/** Public keys that something is signed with for us: P-256 or RSA of 2048 bits and more, each named, at most ten. */
export const PublicKeySet = z
  .strictObject({ keys: z.array(PublicKey).max(MAX_KEYS) })
  .superRefine(({ keys }, context) => {
    const kids = keys.map(({ kid }) => kid);
    const twice = kids.findIndex((kid, index) => kids.indexOf(kid) < index);
    if (twice >= 0) {
      context.addIssue({ code: 'custom', path: ['keys', twice, 'kid'], message: 'stands twice in the set' });
    }
  })
  .meta({ id: 'PublicKeySet' });

/** A key set in an answer. */
export const KeySetView = z
  .object({ keys: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'KeySetView' });

/** Where an application publishes its keys itself. */
export const jwksUri = z
  .string()
  .max(2_000)
  .refine((value) => isPlainHttps(value), 'must be an https URL without user name and fragment');

interface Fault {
  readonly member: string;
  readonly message: string;
}

function faultOf(jwk: JWK): Fault | undefined {
  const algorithms = jwk.kty === 'EC' ? ['ES256'] : ['PS256', 'RS256'];
  if (jwk.alg !== undefined && !algorithms.includes(jwk.alg)) {
    return { member: 'alg', message: `must be ${algorithms.join(' or ')} for this key` };
  }
  if (jwk.kty === 'EC' && jwk.crv !== 'P-256') return { member: 'crv', message: 'must be P-256' };
  const key = read(jwk);
  if (!key) return { member: 'kty', message: 'is not a valid key of this type' };
  if (jwk.kty === 'EC') return undefined;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS) return { member: 'n', message: `must have ${MIN_RSA_BITS} bits or more` };
  return publicExponent < MIN_EXPONENT ? { member: 'e', message: 'must be AQAB or greater' } : undefined;
}

/** @returns undefined for a point that is not on its curve, and whatever else is no key */
function read(jwk: JWK): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function isPlainHttps(value: string): boolean {
  const url = /^https:\/\/[\x21-\x7e]+$/.test(value) ? URL.parse(value) : null;
  return url !== null && url.username === '' && url.password === '' && !value.includes('#');
}
