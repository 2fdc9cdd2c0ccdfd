import { z } from 'zod';
import { TENANT_ROLES } from '../../tenants/member.entity.js';
import { ApplicationDraft } from '../application.kind.js';
import { memberDraft } from '../member.kind.js';
import { PlanDraft } from '../plan.kind.js';
import { RegistrationDraft } from '../registration.kind.js';
import { key, prose } from '../resource-kind.js';
import { routeShape, withNormalValue } from '../route.view.js';
import { SubscriptionDraft } from '../subscription.kind.js';
import { TenantDraft } from '../tenant.kind.js';
import { SecretReference } from './secret-reference.js';

const onOrOff = z.enum(['active', 'suspended']).optional();
const operatorId = z.string().min(1).max(50);

/** `created`: people accept the terms and approve it; what has become of it then is left as it is. */
const SubscriptionEntry = SubscriptionDraft.omit({ applicationId: true, planId: true, planKey: true }).extend(
  {
    key,
    plan: key.optional(),
    status: z.enum(['created', 'active', 'suspended']).optional(),
  },
);

const RegistrationEntry = RegistrationDraft.omit({ applicationId: true, credential: true }).extend({
  operator: operatorId,
  credential: SecretReference.optional(),
});

const ApplicationEntry = ApplicationDraft.safeExtend({
  key,
  status: onOrOff,
  subscriptions: uniqueBy(SubscriptionEntry, 'key'),
  registrations: uniqueBy(RegistrationEntry, 'operator'),
});

const TenantEntry = TenantDraft.extend({
  key,
  status: onOrOff,
  members: uniqueBy(memberDraft(TENANT_ROLES, onOrOff).safeExtend({ key }), 'key'),
  applications: uniqueBy(ApplicationEntry, 'key'),
});

const OperatorEntry = z.strictObject({
  id: operatorId,
  enabled: z.boolean().default(true),
  reason: prose,
});

const RouteEntry = withNormalValue(
  z
    .strictObject({ ...routeShape, operator: operatorId, tags: PlanDraft.shape.tags })
    .omit({ operatorId: true }),
);

/**
 * What a configuration file says: the resources of the admin API by their keys, each beneath what it belongs to. The
 * partner's own members are not among them: a file does not make its own administrators. What is left out has the
 * default that the admin API gives it, save `status` and `credential`, which are then left as they are.
 */
export const Declaration = z.strictObject({
  _format: z.union([z.literal('1'), z.literal(1)], { error: 'must be "1"' }),
  /** Every resource of the file is given it; several files then share a gateway, each prunes its own. */
  _tag: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,49}$/, 'must be lower-case letters, digits and dashes')
    .optional(),
  plans: uniqueBy(PlanDraft.extend({ key }), 'key'),
  operators: uniqueBy(OperatorEntry, 'id'),
  routes: z.array(RouteEntry).default([]).superRefine(noRouteTwice),
  tenants: uniqueBy(TenantEntry, 'key'),
});
export type Declaration = z.infer<typeof Declaration>;
export type TenantEntry = Declaration['tenants'][number];
export type ApplicationEntry = TenantEntry['applications'][number];

/** A list in which no two have the same name. */
function uniqueBy<T extends z.ZodObject>(entry: T, name: string) {
  return z
    .array(entry)
    .default([])
    .superRefine((entries, context) => {
      const names = entries.map((one) => (one as Record<string, unknown>)[name]);
      refuseRepeated(names, (index) => [index, name], context);
    });
}

function noRouteTwice(routes: readonly { kind: string; value: string }[], context: z.RefinementCtx): void {
  const names = routes.map(({ kind, value }) => `${kind} ${value}`);
  refuseRepeated(names, (index) => [index, 'value'], context);
}

function refuseRepeated(
  names: readonly unknown[],
  pathOf: (index: number) => PropertyKey[],
  context: z.RefinementCtx,
): void {
  for (const [index, name] of names.entries()) {
    if (name === undefined || names.indexOf(name) === index) continue;
    context.addIssue({ code: 'custom', path: pathOf(index), message: 'stands twice in the file' });
  }
}
