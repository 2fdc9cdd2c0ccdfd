import { z } from 'zod';

/** E.164 with '+': Commonalities PhoneNumber. */
export const PhoneNumber = z
  .string()
  .max(16)
  .regex(/^\+[1-9][0-9]{4,14}$/)
  .meta({
    id: 'PhoneNumber',
    description: 'A public identifier addressing a telephone subscription, E.164 with leading `+`.',
    example: '+99003100001',
  });

/** SHA-256 of the E.164 number with its '+', as 64 hex digits in either case. */
export const HashedPhoneNumber = z
  .string()
  .max(64)
  .regex(/^[a-fA-F0-9]{64}$/)
  .meta({
    id: 'HashedPhoneNumber',
    description: 'SHA-256, in hexadecimal, of the E.164 phone number including its leading `+`.',
    example: 'b49f9168e8a886ffd61a090b51a26e117717f5f6fa804af49ea67043a2bfa4f0',
  });

/**
 * Body of POST /verify (NV 2.1.1 NumberVerificationRequestBody): exactly one of the two, nothing else.
 * Two strict objects, because the published schema with min/maxProperties accepts any single property.
 */
export const VerifyRequest = z.union([
  z.strictObject({ phoneNumber: PhoneNumber }),
  z.strictObject({ hashedPhoneNumber: HashedPhoneNumber }),
]);
export type VerifyRequest = z.infer<typeof VerifyRequest>;

/** The two API scopes of Number Verification (NV 2.1.1, security scheme openId). */
export const VERIFY_SCOPE = 'number-verification:verify';
export const SHARE_SCOPE = 'number-verification:device-phone-number:read';
export type ApiScope = typeof VERIFY_SCOPE | typeof SHARE_SCOPE;

export type Operation = 'verify' | 'share';
