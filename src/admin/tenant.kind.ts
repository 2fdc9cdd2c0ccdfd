import { z } from 'zod';
import { LimitSet } from '../contract/limit-set.js';
import { ApplicationEntity } from '../tenants/application.entity.js';
import { TenantEntity } from '../tenants/tenant.entity.js';
import { AdminRefusal } from './refusal.js';
import { ResourceKind, draftBase, name, prose, viewBase } from './resource-kind.js';

const contact = z.strictObject({
  name: name.optional(),
  email: z.email().max(254).optional(),
  phone: z.string().max(40).optional(),
});

/** TMF931 v5.1, ApplicationOwner.engagedParty, as far as operators ask for it. */
const EngagedParty = z
  .strictObject({
    name: name.optional(),
    tradingName: name.optional(),
    organizationIdentification: z
      .array(z.strictObject({ identificationType: name.optional(), identificationId: name }))
      .max(10)
      .optional(),
    organizationType: z.string().max(100).optional(),
    taxNumber: z.string().max(50).optional(),
    registeredGeographicAddress: z
      .strictObject({
        street: name.optional(),
        postcode: z.string().max(20).optional(),
        city: name.optional(),
        country: z
          .string()
          .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')
          .optional(),
      })
      .optional(),
    contactMedium: z.array(contact).max(10).optional(),
    dataProtectionOfficer: contact.optional(),
    privacyManager: contact.optional(),
    legalRepresentative: contact.optional(),
    privacyPolicyURL: z.url({ protocol: /^https$/, error: 'must be an https URL' }).optional(),
  })
  .meta({ id: 'EngagedParty' });

export const TenantDraft = z
  .strictObject({
    ...draftBase,
    name,
    description: prose,
    engagedParty: EngagedParty.default({}),
    /** For all calls of the tenant together. */
    limits: LimitSet.default({}),
  })
  .meta({ id: 'TenantDraft' });
export type TenantDraft = z.infer<typeof TenantDraft>;

export const TenantView = z
  .object({
    ...viewBase,
    name: z.string(),
    description: z.string(),
    engagedParty: z.record(z.string(), z.unknown()),
    limits: z.record(z.string(), z.number()),
    status: z.enum(['active', 'suspended']),
  })
  .meta({ id: 'Tenant' });

export const TENANT: ResourceKind<TenantEntity, TenantDraft> = {
  type: 'tenant',
  path: 'tenants',
  entity: TenantEntity,
  draft: TenantDraft,
  view: TenantView,
  filters: { key: 'text', name: 'text', status: 'text', tags: 'tags', createdAt: 'date', updatedAt: 'date' },
  tenantOf: ({ id }) => id,
  apply(row, { key, ...draft }) {
    Object.assign(row, draft, key !== undefined && { key });
  },
  toDraft: ({ key, tags, name, description, engagedParty, limits }) => ({
    key,
    tags,
    name,
    description,
    engagedParty,
    limits,
  }),
  async checkRemoval(manager, { id }) {
    if (await manager.existsBy(ApplicationEntity, { tenantId: id })) {
      throw new AdminRefusal('incompatibleState', { message: 'The tenant still has applications.' });
    }
  },
};
