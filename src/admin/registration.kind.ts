import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Macs } from '../grants/macs.js';
import { Vault } from '../grants/vault.js';
import { RegistrationEntity } from '../tenants/registration.entity.js';
import { invalid } from './refusal.js';
import { ResourceKind, draftBase, viewBase } from './resource-kind.js';

const printable = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');

export const RegistrationDraft = z
  .strictObject({
    ...draftBase,
    applicationId: z.uuid(),
    /** Assigned by the operator. */
    clientId: printable(500),
    approval: z.enum(['pending', 'approved', 'rejected']).default('pending'),
    /** The application's own client secret at the operator, or a PEM key. Written, never read; kept when left out. */
    credential: z.string().min(1).max(3_000).optional(),
    /** TMF931: ids of owner, application and order at the operator. */
    tmfIds: z
      .record(z.string().regex(/^[A-Za-z][\w-]{0,49}$/, 'must be a name'), printable(200))
      .refine((ids) => Object.keys(ids).length <= 20, 'must be at most 20')
      .default({}),
  })
  .meta({ id: 'RegistrationDraft' });
export type RegistrationDraft = z.infer<typeof RegistrationDraft>;

export const RegistrationView = z
  .object({
    ...viewBase,
    tenantId: z.uuid(),
    operatorId: z.string(),
    applicationId: z.uuid(),
    clientId: z.string(),
    approval: z.enum(['pending', 'approved', 'rejected']),
    /** Tells whether two credentials are the same one, and nothing else; null: there is none. */
    credentialFingerprint: z.string().nullable(),
    tmfIds: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Registration' });

/** Of what never changes: what a registration kind is without its keys. */
export const REGISTRATION_FILTERS = {
  key: 'text',
  tenantId: 'uuid',
  operatorId: 'text',
  applicationId: 'uuid',
  approval: 'text',
  tags: 'tags',
  createdAt: 'date',
  updatedAt: 'date',
} as const;

/** @param keys seal the credential, and name it without telling it */
export function registrationKind(keys: {
  vault: Vault;
  macs: Macs;
}): ResourceKind<RegistrationEntity, RegistrationDraft> {
  return {
    type: 'registration',
    path: 'registrations',
    entity: RegistrationEntity,
    draft: RegistrationDraft,
    view: RegistrationView,
    filters: REGISTRATION_FILTERS,
    tenantOf: ({ tenantId }) => tenantId,
    apply(row, { key, credential, ...draft }) {
      Object.assign(row, draft, key !== undefined && { key });
      if (credential === undefined) return;
      row.sealedCredential = keys.vault.seal(credential, placeOfCredential(row.id));
      row.credentialFingerprint = fingerprint(keys.macs, credential);
    },
    toDraft: ({ key, tags, applicationId, clientId, approval, tmfIds }) => ({
      key,
      tags,
      applicationId,
      clientId,
      approval,
      tmfIds,
    }),
    check(_manager, { applicationId }, before) {
      return before && before.applicationId !== applicationId
        ? Promise.reject(invalid('body.applicationId', 'cannot be changed: make another registration'))
        : Promise.resolve();
    },
  };
}

/** Where the sealed credential is kept: it opens nowhere else. */
export function placeOfCredential(id: string): string {
  return `operator_registrations|${id}|credential`;
}

/** Keyed first: short secrets must not be guessed from what is shown of them. */
export function fingerprint(macs: Macs, credential: string): string {
  const mac = macs.of('pepper', Buffer.from(credential));
  return createHash('sha256').update(mac).digest('hex').slice(0, 16);
}
