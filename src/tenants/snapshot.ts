import type { JSONWebKeySet } from 'jose';
import { LimitSet } from '../contract/limit-set.js';
import type { Role } from './member.entity.js';
import type { ForcedBreaker } from './operator-settings.entity.js';
import type { SubscriptionStatus } from './subscription.entity.js';

/** The product that Number Verification calls need. */
export const NUMBER_VERIFICATION = 'number-verification';

export interface Tenant {
  readonly id: string;
  readonly status: 'active' | 'suspended';
  readonly limits: LimitSet;
}

export interface Application {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** At our authorization server. */
  readonly clientId: string;
  /** Public keys of its private_key_jwt; none when they are read at `jwksUri`. */
  readonly jwks: JSONWebKeySet;
  readonly jwksUri: string | null;
  readonly redirectUris: readonly string[];
  readonly status: 'active' | 'suspended';
}

export interface Subscription {
  readonly id: string;
  readonly applicationId: string;
  readonly product: string;
  readonly purpose: string;
  readonly scopes: readonly string[];
  readonly grantTypes: readonly string[];
  readonly allowedHints: readonly string[];
  /** ISO 3166-1 alpha-2; none: wherever the operators are. */
  readonly countries: readonly string[];
  readonly status: SubscriptionStatus;
  /** Milliseconds since the epoch; null: no end. */
  readonly expiresAtMs: number | null;
  /** Its own over those of its plan. */
  readonly limits: LimitSet;
}

export interface Registration {
  readonly id: string;
  readonly operatorId: string;
  readonly applicationId: string;
  /** Assigned by the operator. */
  readonly clientId: string;
  readonly approval: 'pending' | 'approved' | 'rejected';
  /** Its own client secret at the operator, sealed. */
  readonly sealedCredential: string | null;
}

/** A client secret that has not been revoked. */
export interface Credential {
  readonly id: string;
  readonly applicationId: string;
  readonly mode: 'test' | 'live';
  readonly lookUp: string;
  /** HMAC-SHA-256 of the secret. */
  readonly hash: Buffer;
  readonly expiresAtMs: number | null;
}

/** Somebody who may use the admin API. */
export interface Member {
  readonly id: string;
  /** null: of the partner. */
  readonly tenantId: string | null;
  readonly kind: 'person' | 'service';
  readonly displayName: string;
  readonly roles: readonly Role[];
  readonly subject: string | null;
  readonly clientId: string | null;
  readonly jwks: JSONWebKeySet | null;
  readonly status: 'active' | 'suspended';
}

export interface OperatorSettings {
  readonly operatorId: string;
  readonly enabled: boolean;
  readonly breakers: Readonly<Partial<Record<'api' | 'token', ForcedBreaker>>>;
}

/** Whose call it is. */
export interface Client {
  readonly tenantId: string;
  readonly application: Application;
  readonly subscription: Subscription;
  readonly limits: { readonly tenant: LimitSet; readonly subscription: LimitSet };
}

/** What a snapshot is made of, by kind. */
export interface SnapshotRows {
  readonly tenants: Tenant;
  readonly applications: Application;
  readonly subscriptions: Subscription;
  readonly registrations: Registration;
  readonly credentials: Credential;
  readonly members: Member;
  readonly operatorSettings: OperatorSettings;
}

export type SnapshotKind = keyof SnapshotRows;

/** Who may call, at one moment; never changed, only replaced as a whole. Every look-up is one map away. */
export interface Snapshot {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly applications: ReadonlyMap<string, Application>;
  readonly applicationsByClientId: ReadonlyMap<string, Application>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly subscriptionsByApplication: ReadonlyMap<string, readonly Subscription[]>;
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly credentials: ReadonlyMap<string, Credential>;
  readonly credentialsByLookUp: ReadonlyMap<string, Credential>;
  readonly members: ReadonlyMap<string, Member>;
  readonly membersByClientId: ReadonlyMap<string, Member>;
  readonly membersBySubject: ReadonlyMap<string, readonly Member[]>;
  readonly operatorSettings: ReadonlyMap<string, OperatorSettings>;
  registration(operatorId: string, applicationId: string): Registration | undefined;
}
