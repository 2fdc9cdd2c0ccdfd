import type { Role } from '../tenants/member.entity.js';

/** How far a permission reaches: every tenant's resources, those of one's own, or of these the test ones. */
export type Reach = 'all' | 'own' | 'own-test';

type Row = Partial<Record<Role, Reach>>;

const partner = { 'partner-admin': 'all' } as const;
const partnerReads = { ...partner, 'partner-viewer': 'all' } as const;
const operators = { ...partner, 'operator-manager': 'all' } as const;
const everybodyReads = { ...partnerReads, 'operator-manager': 'all' } as const;
const own = { BusinessManager: 'own', Administrator: 'own' } as const;
const ownAll = { ...own, User: 'own' } as const;

/** Who may what. The guard, the OpenAPI document and the tests read this one table. */
export const PERMISSIONS = {
  'me:read': { ...everybodyReads, ...ownAll },
  'tenants:read': { ...everybodyReads, ...ownAll },
  'tenants:write': partner,
  'tenants:suspend': partner,
  'members:read': { ...partnerReads, ...own },
  'members:write': { ...partner, Administrator: 'own' },
  'partner-members:read': partnerReads,
  'partner-members:write': partner,
  'applications:read': { ...everybodyReads, ...ownAll },
  'applications:write': { ...partner, Administrator: 'own' },
  'credentials:read': { ...partnerReads, ...own, User: 'own-test' },
  'credentials:write': { ...partner, Administrator: 'own', User: 'own-test' },
  'subscriptions:read': { ...everybodyReads, ...ownAll },
  'subscriptions:request': { ...partner, BusinessManager: 'own' },
  'subscriptions:accept-terms': { ...partner, BusinessManager: 'own' },
  'subscriptions:suspend': { ...partner, BusinessManager: 'own' },
  'subscriptions:approve': partner,
  'plans:read': { ...partnerReads, ...own },
  'plans:write': partner,
  'quotas:read': { ...partnerReads, ...own },
  'operators:read': everybodyReads,
  'operators:coverage': { ...everybodyReads, ...ownAll },
  'operators:write': operators,
  'breakers:write': operators,
  'registrations:read': everybodyReads,
  'registrations:write': operators,
  'routes:read': everybodyReads,
  'routes:write': operators,
  'routes:explain': everybodyReads,
  'usage:read': { ...partnerReads, ...own },
  'usage:export': { ...partnerReads, BusinessManager: 'own' },
  'requests:read': { ...partnerReads, ...ownAll },
  'audit:read': { ...partnerReads, ...own },
  'audit:export': { ...partnerReads, ...own },
  'config:plan': partnerReads,
  'config:apply': partner,
} as const satisfies Record<string, Row>;

export type Permission = keyof typeof PERMISSIONS;

const WIDEST: readonly Reach[] = ['all', 'own', 'own-test'];

/** @returns the widest reach that any of the roles gives; undefined: none may */
export function reachOf(permission: Permission, roles: readonly Role[]): Reach | undefined {
  const row: Row = PERMISSIONS[permission];
  return WIDEST.find((reach) => roles.some((role) => row[role] === reach));
}

/** For people: `partner-admin (all), Administrator (own)`. */
export function describePermission(permission: Permission): string {
  const roles = Object.entries(PERMISSIONS[permission]).map(([role, reach]) => `${role} (${reach})`);
  return `Needs ${permission}: ${roles.join(', ')}.`;
}
