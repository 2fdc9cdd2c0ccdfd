import { randomUUID } from 'node:crypto';
import { ArrayContains, EntityManager, IsNull, Not } from 'typeorm';
import { z } from 'zod';
import { MemberEntity, PARTNER_ROLES, Role, TENANT_ROLES } from '../tenants/member.entity.js';
import { KeySetView, PublicKeySet } from './application-keys.js';
import type { Filters } from './listing.js';
import { AdminRefusal, invalid } from './refusal.js';
import { ResourceKind, draftBase, name, viewBase } from './resource-kind.js';

/** Who cannot be the last one to go: nobody could let anybody in any more. */
const KEEPER = { tenant: 'Administrator', partner: 'partner-admin' } as const;

const STATUS = z.enum(['active', 'suspended']).default('active');

/** @param status what it is when nothing is said */
export function memberDraft<R extends Role, S extends z.ZodType>(roles: readonly R[], status: S) {
  return z
    .strictObject({
      ...draftBase,
      kind: z.enum(['person', 'service']),
      displayName: name,
      roles: z
        .array(z.enum(roles))
        .min(1)
        .max(roles.length)
        .refine((given) => new Set(given).size === given.length, 'must name each role once'),
      /** `sub` at the OpenID provider where people sign in. */
      subject: z
        .string()
        .min(1)
        .max(255)
        .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters')
        .optional(),
      jwks: PublicKeySet.refine(({ keys }) => keys.length > 0, 'must hold a key').optional(),
      status,
    })
    .superRefine(({ kind, subject, jwks }, context) => {
      const fault = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: [path], message });
      const person = kind === 'person';
      if (person && subject === undefined) fault('subject', 'is needed for a person');
      if (!person && subject !== undefined) fault('subject', 'is not for a service');
      if (person && jwks !== undefined) fault('jwks', 'is not for a person');
      if (!person && jwks === undefined) fault('jwks', 'is needed for a service');
    });
}

export const MemberDraft = memberDraft(TENANT_ROLES, STATUS).meta({ id: 'MemberDraft' });
export type MemberDraft = z.infer<typeof MemberDraft>;
export const PartnerMemberDraft = memberDraft(PARTNER_ROLES, STATUS).meta({ id: 'PartnerMemberDraft' });
export type PartnerMemberDraft = z.infer<typeof PartnerMemberDraft>;

export const MemberView = z
  .object({
    ...viewBase,
    tenantId: z.uuid().nullable(),
    kind: z.enum(['person', 'service']),
    displayName: z.string(),
    roles: z.array(z.enum([...PARTNER_ROLES, ...TENANT_ROLES])),
    subject: z.string().nullable(),
    /** At the authorization server, for services. */
    clientId: z.string().nullable(),
    jwks: KeySetView.nullable(),
    status: z.enum(['active', 'suspended']),
  })
  .meta({ id: 'Member' });

type DraftOf<R extends Role> = Omit<MemberDraft, 'roles'> & { roles: R[] };

function memberKind<R extends Role>(
  own: Pick<ResourceKind<MemberEntity, DraftOf<R>>, 'type' | 'path' | 'draft'>,
): ResourceKind<MemberEntity, DraftOf<R>> {
  return {
    ...own,
    entity: MemberEntity,
    view: MemberView,
    filters: MEMBER_FILTERS,
    tenantOf: ({ tenantId }) => tenantId,
    apply(row, { key, subject, jwks, ...draft }) {
      if (draft.kind === 'service') row.clientId ??= randomUUID();
      Object.assign(row, draft, key !== undefined && { key });
      row.subject = subject ?? null;
      row.jwks = jwks ?? null;
    },
    toDraft: ({ key, tags, kind, displayName, roles, subject, jwks, status }) => ({
      key,
      tags,
      kind,
      displayName,
      status,
      roles: roles as R[],
      ...(subject !== null && { subject }),
      ...(jwks !== null && { jwks: jwks as z.infer<typeof PublicKeySet> }),
    }),
    async check(manager, row, before) {
      if (!before) return;
      if (before.kind !== row.kind) throw invalid('body.kind', 'cannot be changed');
      if (keeps(before) && !keeps(row)) await requireAnotherKeeper(manager, row);
    },
    async checkRemoval(manager, row) {
      if (keeps(row)) await requireAnotherKeeper(manager, row);
    },
  };
}

export const MEMBER_FILTERS: Filters = {
  key: 'text',
  kind: 'text',
  status: 'text',
  clientId: 'text',
  tags: 'tags',
  createdAt: 'date',
  updatedAt: 'date',
};

/** Members of one tenant. */
export function membersOf(tenantId: string): ResourceKind<MemberEntity, MemberDraft> {
  return memberKind({ type: 'member', path: `tenants/${tenantId}/members`, draft: MemberDraft });
}

/** The partner's own people. */
export const PARTNER_MEMBER: ResourceKind<MemberEntity, PartnerMemberDraft> = memberKind({
  type: 'partner-member',
  path: 'members',
  draft: PartnerMemberDraft,
});

function keeperOf({ tenantId }: MemberEntity): Role {
  return tenantId === null ? KEEPER.partner : KEEPER.tenant;
}

function keeps(member: MemberEntity): boolean {
  return member.status === 'active' && member.roles.includes(keeperOf(member));
}

/** Two who go at the same time must not each count on the other. @throws AdminRefusal incompatibleState */
async function requireAnotherKeeper(manager: EntityManager, member: MemberEntity): Promise<void> {
  const { id, tenantId } = member;
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 2))', [`members of ${tenantId}`]);
  const others = await manager.existsBy(MemberEntity, {
    id: Not(id),
    tenantId: tenantId ?? IsNull(),
    status: 'active',
    roles: ArrayContains([keeperOf(member)]),
  });
  if (others) return;
  throw new AdminRefusal('incompatibleState', {
    message: `This is the last active ${keeperOf(member)}.`,
  });
}
