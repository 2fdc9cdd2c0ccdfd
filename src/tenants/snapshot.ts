import type { ApplicationEntity, RegistrationEntity, SubscriptionEntity, TenantEntity } from './entities.js';

/** The product that Number Verification calls need. */
export const NUMBER_VERIFICATION = 'number-verification';

export type Tenant = Readonly<TenantEntity>;
export type Application = Readonly<ApplicationEntity>;
export type Subscription = Readonly<SubscriptionEntity>;
export type Registration = Readonly<RegistrationEntity>;

/** Whose call it is. */
export interface Client {
  readonly tenantId: string;
  readonly application: Application;
  readonly subscription: Subscription;
}

export interface SnapshotRows {
  tenants: readonly Tenant[];
  applications: readonly Application[];
  subscriptions: readonly Subscription[];
  registrations: readonly Registration[];
}

/** Who may call, at one moment; never changed, only replaced as a whole. Every look-up is one map away. */
export class Snapshot {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly applications: ReadonlyMap<string, Application>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly applicationsByClientId: ReadonlyMap<string, Application>;
  readonly subscriptionsByApplication: ReadonlyMap<string, readonly Subscription[]>;
  private readonly registrationsByPair: ReadonlyMap<string, Registration>;

  constructor(rows: SnapshotRows) {
    this.tenants = byId(rows.tenants);
    this.applications = byId(rows.applications);
    this.subscriptions = byId(rows.subscriptions);
    this.registrations = byId(rows.registrations);
    this.applicationsByClientId = new Map(rows.applications.map((one) => [one.clientId, one]));
    this.subscriptionsByApplication = Map.groupBy(rows.subscriptions, (one) => one.applicationId);
    this.registrationsByPair = new Map(
      rows.registrations.map((one) => [pair(one.operatorId, one.applicationId), one]),
    );
  }

  registration(operatorId: string, applicationId: string): Registration | undefined {
    return this.registrationsByPair.get(pair(operatorId, applicationId));
  }
}

function byId<T extends { readonly id: string }>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

function pair(operatorId: string, applicationId: string): string {
  return `${operatorId}|${applicationId}`;
}
