import { randomUUID } from 'node:crypto';
import { Not } from 'typeorm';
import { z } from 'zod';
import { ApplicationEntity } from '../tenants/application.entity.js';
import { SubscriptionEntity } from '../tenants/subscription.entity.js';
import { KeySetView, PublicKeySet, jwksUri } from './application-keys.js';
import { RedirectUris } from './application-redirect-uris.js';
import { AdminRefusal } from './refusal.js';
import { ResourceKind, draftBase, name, prose, viewBase } from './resource-kind.js';

const notBoth = (draft: { jwks?: unknown; jwksUri?: unknown }): boolean =>
  draft.jwks === undefined || draft.jwksUri === undefined;

export const ApplicationDraft = z
  .strictObject({
    ...draftBase,
    name,
    /** What users know it as. */
    commercialName: z.union([name, z.literal('')]).default(''),
    description: prose,
    category: z.string().max(100).default(''),
    privacyPolicyUrl: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .max(2_000)
      .optional(),
    redirectUris: RedirectUris.default([]),
    jwks: PublicKeySet.optional(),
    jwksUri: jwksUri.optional(),
  })
  .refine(notBoth, { path: ['jwksUri'], error: 'must not stand beside jwks' })
  .meta({ id: 'ApplicationDraft' });
export type ApplicationDraft = z.infer<typeof ApplicationDraft>;

export const ApplicationView = z
  .object({
    ...viewBase,
    tenantId: z.uuid(),
    name: z.string(),
    commercialName: z.string(),
    description: z.string(),
    category: z.string(),
    privacyPolicyUrl: z.string().nullable(),
    /** At the authorization server. */
    clientId: z.string(),
    redirectUris: z.array(z.string()),
    jwks: KeySetView,
    jwksUri: z.string().nullable(),
    status: z.enum(['active', 'suspended']),
  })
  .meta({ id: 'Application' });

export const APPLICATION: ResourceKind<ApplicationEntity, ApplicationDraft> = {
  type: 'application',
  path: 'applications',
  entity: ApplicationEntity,
  draft: ApplicationDraft,
  view: ApplicationView,
  filters: {
    key: 'text',
    name: 'text',
    status: 'text',
    clientId: 'text',
    tenantId: 'uuid',
    tags: 'tags',
    createdAt: 'date',
    updatedAt: 'date',
  },
  tenantOf: ({ tenantId }) => tenantId,
  apply(row, { key, jwks, jwksUri: uri, privacyPolicyUrl, ...draft }) {
    row.clientId ??= randomUUID();
    Object.assign(row, draft, key !== undefined && { key });
    row.privacyPolicyUrl = privacyPolicyUrl ?? null;
    applyKeys(row, { jwks, jwksUri: uri });
  },
  toDraft({ key, tags, name: its, commercialName, description, category, redirectUris, ...row }) {
    return {
      key,
      tags,
      name: its,
      commercialName,
      description,
      category,
      redirectUris,
      ...(row.privacyPolicyUrl !== null && { privacyPolicyUrl: row.privacyPolicyUrl }),
      ...keysOf(row),
    };
  },
  async checkRemoval(manager, { id }) {
    if (await manager.existsBy(SubscriptionEntity, { applicationId: id, status: Not('terminated') })) {
      throw new AdminRefusal('incompatibleState', {
        message: 'The application still has subscriptions that are not terminated.',
      });
    }
  },
};

export const RedirectUrisDraft = z.strictObject({ redirectUris: RedirectUris }).meta({ id: 'RedirectUris' });
export type RedirectUrisDraft = z.infer<typeof RedirectUrisDraft>;

/** An application's redirect URIs alone. */
export const REDIRECT_URIS: ResourceKind<ApplicationEntity, RedirectUrisDraft> = {
  ...APPLICATION,
  draft: RedirectUrisDraft,
  view: z.object({ redirectUris: z.array(z.string()) }),
  apply(row, { redirectUris }) {
    row.redirectUris = redirectUris;
  },
  toDraft: ({ redirectUris }) => ({ redirectUris }),
};

export const KeysDraft = z
  .strictObject({ jwks: PublicKeySet.optional(), jwksUri: jwksUri.optional() })
  .refine((draft) => notBoth(draft) && (draft.jwks ?? draft.jwksUri) !== undefined, {
    path: ['jwks'],
    error: 'either jwks or jwksUri is needed, not both',
  })
  .meta({ id: 'ApplicationKeysDraft' });
export type KeysDraft = z.infer<typeof KeysDraft>;

export const KeysView = z
  .object({ jwks: KeySetView, jwksUri: z.string().nullable() })
  .meta({ id: 'ApplicationKeys' });

/** An application's keys alone. */
export const KEYS: ResourceKind<ApplicationEntity, KeysDraft> = {
  ...APPLICATION,
  draft: KeysDraft,
  view: KeysView,
  apply: applyKeys,
  toDraft: keysOf,
};

/** Keys lie with us or elsewhere: a set of old would only mislead beside an address. */
function applyKeys(row: ApplicationEntity, { jwks, jwksUri: uri }: KeysDraft): void {
  row.jwks = jwks ?? { keys: [] };
  row.jwksUri = uri ?? null;
}

/** Without any keys it names neither, so that a merge-patch can give it either. */
function keysOf({ jwks, jwksUri: uri }: Pick<ApplicationEntity, 'jwks' | 'jwksUri'>): KeysDraft {
  if (uri !== null) return { jwksUri: uri };
  return jwks.keys.length > 0 ? { jwks: jwks as z.infer<typeof PublicKeySet> } : {};
}
