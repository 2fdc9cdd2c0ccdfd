import { z } from 'zod';
import { LimitSet } from '../contract/limit-set.js';
import { SubscriptionEntity } from '../tenants/subscription.entity.js';
import { NUMBER_VERIFICATION } from '../tenants/snapshot.js';
import { ResourceKind, draftBase, optionalMoment, viewBase } from './resource-kind.js';
import { type SubscriptionRow, checkSubscription } from './subscription-rules.js';

const dpv = (what: string) =>
  z.string().regex(/^dpv:[A-Za-z]{1,100}$/, `must be a W3C DPV ${what} such as dpv:…`);
const distinct = <T extends z.ZodType<string>>(one: T) =>
  z
    .array(one)
    .max(20)
    .refine((all) => new Set(all).size === all.length, 'must not repeat anything');
const text = z.string().min(1).max(200);

export const SubscriptionDraft = z
  .strictObject({
    ...draftBase,
    applicationId: z.uuid(),
    product: text.default(NUMBER_VERIFICATION),
    purpose: dpv('purpose'),
    /** Of the product's. */
    scopes: distinct(text).min(1),
    /** Of the product's; client_credentials and token exchange are given by the partner only. */
    grantTypes: distinct(text).min(1),
    /** Kinds of login_hint; all but operatortoken are given by the partner only, because they prove nothing. */
    allowedHints: distinct(z.enum(['operatortoken', 'tel', 'ipport'])).default(['operatortoken']),
    legalBasis: dpv('legal basis').optional(),
    /** ISO 3166-1 alpha-2; none: wherever the operators are. */
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'))
      .max(250)
      .default([]),
    planId: z.uuid().optional(),
    /** In place of planId, which it beats. */
    planKey: text.optional(),
    /** Before those of the plan; the partner's to give. */
    limits: LimitSet.default({}),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'SubscriptionDraft' });
export type SubscriptionDraft = z.infer<typeof SubscriptionDraft>;

export const SubscriptionView = z
  .object({
    ...viewBase,
    tenantId: z.uuid(),
    applicationId: z.uuid(),
    product: z.string(),
    purpose: z.string(),
    scopes: z.array(z.string()),
    grantTypes: z.array(z.string()),
    allowedHints: z.array(z.string()),
    countries: z.array(z.string()),
    legalBasis: z.string().nullable(),
    status: z.enum(['created', 'pending', 'active', 'suspended', 'terminated']),
    termsAcceptedAt: optionalMoment,
    termsAcceptedBy: z.string().nullable(),
    expiresAt: optionalMoment,
    planId: z.uuid().nullable(),
    limits: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Subscription' });

export const SUBSCRIPTION: ResourceKind<SubscriptionRow, SubscriptionDraft> = {
  type: 'subscription',
  path: 'subscriptions',
  entity: SubscriptionEntity,
  draft: SubscriptionDraft,
  view: SubscriptionView,
  filters: {
    key: 'text',
    applicationId: 'uuid',
    tenantId: 'uuid',
    product: 'text',
    purpose: 'text',
    status: 'text',
    planId: 'uuid',
    tags: 'tags',
    createdAt: 'date',
    updatedAt: 'date',
  },
  tenantOf: ({ tenantId }) => tenantId,
  apply(row, { key, legalBasis, planId, expiresAt, ...draft }) {
    Object.assign(row, draft, key !== undefined && { key }, {
      legalBasis: legalBasis ?? null,
      planId: planId ?? null,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
    });
  },
  toDraft: (row) => ({
    key: row.key,
    tags: row.tags,
    applicationId: row.applicationId,
    product: row.product,
    purpose: row.purpose,
    scopes: row.scopes,
    grantTypes: row.grantTypes,
    allowedHints: row.allowedHints as SubscriptionDraft['allowedHints'],
    countries: row.countries,
    legalBasis: row.legalBasis ?? undefined,
    planId: row.planId ?? undefined,
    limits: row.limits,
    expiresAt: row.expiresAt?.toISOString(),
  }),
  check: checkSubscription,
};
