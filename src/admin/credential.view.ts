import { z } from 'zod';
import type { CredentialEntity } from '../tenants/credential.entity.js';
import { moment, optionalMoment } from './resource-kind.js';

/** The longest that a secret and the one in its place may both be in force. */
const MAX_OVERLAP_SECONDS = 30 * 24 * 3_600;

export const CredentialDraft = z
  .strictObject({
    /** `test` reaches simulated operators only, `live` the others only. */
    mode: z.enum(['test', 'live']),
  })
  .meta({ id: 'CredentialDraft' });
export type CredentialDraft = z.infer<typeof CredentialDraft>;

export const Rotation = z
  .strictObject({
    /** How long the old secret is still taken; 0: not at all. */
    overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS),
  })
  .meta({ id: 'CredentialRotation' });
export type Rotation = z.infer<typeof Rotation>;

export const CredentialView = z
  .object({
    id: z.uuid(),
    applicationId: z.uuid(),
    mode: z.enum(['test', 'live']),
    /** The end of the secret, by which people tell theirs apart. */
    lastFour: z.string(),
    status: z.enum(['active', 'expired', 'revoked']),
    version: z.int(),
    createdAt: moment,
    lastUsedAt: optionalMoment,
    expiresAt: optionalMoment,
    revokedAt: optionalMoment,
  })
  .meta({ id: 'Credential' });
export type CredentialView = z.infer<typeof CredentialView>;

/** Of the request that made it: here alone the secret stands; where the request is repeated only that it did. */
export const MintedCredentialView = CredentialView.extend({
  secret: z.string().optional(),
  secretShown: z.literal(true).optional(),
}).meta({ id: 'MintedCredential' });

/** @returns metadata: what is kept of the secret itself is its keyed hash, and that stays inside */
export function credentialView(row: CredentialEntity, now = new Date()): CredentialView {
  return CredentialView.parse(Object.assign({ status: statusOf(row, now) }, row));
}

export function statusOf(
  { revokedAt, expiresAt }: Pick<CredentialEntity, 'revokedAt' | 'expiresAt'>,
  now = new Date(),
): CredentialView['status'] {
  if (revokedAt) return 'revoked';
  return expiresAt && expiresAt <= now ? 'expired' : 'active';
}
