import { OnApplicationShutdown } from '@nestjs/common';
import { Grant } from '../contract/grant.js';
import { Problem } from '../contract/problem.js';
import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { Notifications } from '../database/notifications.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { SnapshotSource } from './snapshot.source.js';
import {
  Application,
  Client,
  Credential,
  Member,
  OperatorSettings,
  Registration,
  Snapshot,
  Subscription,
} from './snapshot.js';

export type { Application, Client, Credential, Member, Registration, Subscription } from './snapshot.js';

/** Who may call, read from memory: no call waits for the database. */
export class Tenants implements OnApplicationShutdown {
  private readonly source: SnapshotSource;

  /** @param kept where a copy of everything is left for a start without database */
  constructor(
    database: Database,
    private readonly metrics: Metrics,
    logger: Logger,
    kept?: LastKnownGood,
  ) {
    this.source = new SnapshotSource(database, metrics, logger, kept);
  }

  /** Replaces the snapshot by what the database holds now. */
  load(): Promise<void> {
    return this.source.load();
  }

  /** Without database: takes the copy that was kept. @returns whether there is a good one */
  recall(): Promise<boolean> {
    return this.source.recall();
  }

  /** @param listener called at each change, after it is in force here */
  onChange(listener: () => void): void {
    this.source.onChange(listener);
  }

  /**
   * Whose call it is, if they still may make it.
   * @throws Problem permissionDenied when tenant, application, subscription or registration is suspended, gone
   *   or another than the token says, or when a scope of the token is no longer subscribed
   * @throws Problem tokenInvalid when the key or secret with which the token was asked for has been taken away
   */
  require(grant: Grant): Client {
    const { applications, subscriptions, registrations, tenants } = this.snapshot;
    const application = applications.get(grant.applicationId);
    const subscription = subscriptions.get(grant.subscriptionId);
    const registration = registrations.get(grant.registrationId);
    if (
      !application ||
      application.tenantId !== grant.tenantId ||
      application.clientId !== grant.clientId ||
      !this.mayAct(application)
    ) {
      throw this.refused('application');
    }
    if (
      subscription?.applicationId !== application.id ||
      subscription.purpose !== grant.purpose ||
      !covers(subscription, grant.scopes)
    ) {
      throw this.refused('subscription');
    }
    if (
      registration?.applicationId !== application.id ||
      registration.operatorId !== grant.operatorId ||
      registration.approval !== 'approved'
    ) {
      throw this.refused('registration');
    }
    if (grant.credential !== undefined && !this.holds(application, grant.credential)) {
      this.metrics.credentials.refused('data', 'revoked');
      throw new Problem('tokenInvalid', { detail: 'the credential it was given to was revoked' });
    }
    const limits = { tenant: tenants.get(grant.tenantId)!.limits, subscription: subscription.limits };
    return { tenantId: application.tenantId, application, subscription, limits };
  }

  /** @returns undefined also when the application or its tenant is suspended */
  application(clientId: string): Application | undefined {
    const application = this.snapshot.applicationsByClientId.get(clientId);
    return application && this.mayAct(application) ? application : undefined;
  }

  /** @returns the active subscription that covers all of these scopes for this purpose */
  subscriptionFor(
    applicationId: string,
    purpose: string,
    scopes: readonly string[],
  ): Subscription | undefined {
    return this.snapshot.subscriptionsByApplication
      .get(applicationId)
      ?.find((one) => one.purpose === purpose && covers(one, scopes));
  }

  /** @returns whether any active subscription has this grant type */
  mayUse(applicationId: string, grantType: string): boolean {
    const subscriptions = this.snapshot.subscriptionsByApplication.get(applicationId) ?? [];
    return subscriptions.some((one) => isActive(one) && one.grantTypes.includes(grantType));
  }

  /** @returns undefined unless the operator has approved the application */
  registration(operatorId: string, applicationId: string): Registration | undefined {
    const registration = this.snapshot.registration(operatorId, applicationId);
    return registration?.approval === 'approved' ? registration : undefined;
  }

  /** @returns the registration whatever its approval */
  registrationById(id: string): Registration | undefined {
    return this.snapshot.registrations.get(id);
  }

  /** The registration that an operator knows by this client_id; looks at all of them, as only the sandbox may. */
  registrationOf(operatorId: string, clientId: string): Registration | undefined {
    const all = [...this.snapshot.registrations.values()];
    return all.find((one) => one.operatorId === operatorId && one.clientId === clientId);
  }

  /** @returns a secret that is neither revoked nor expired */
  credential(lookUp: string): Credential | undefined {
    return this.live(this.snapshot.credentialsByLookUp.get(lookUp));
  }

  /** A service that may use the admin API. @returns undefined also when it or its tenant is suspended */
  member(clientId: string): Member | undefined {
    return this.activeMember(this.snapshot.membersByClientId.get(clientId));
  }

  /** The same by id, for a token that names it. */
  memberById(id: string): Member | undefined {
    return this.activeMember(this.snapshot.members.get(id));
  }

  /** A person's memberships, by `sub` at the external OpenID provider: one per tenant, and the partner's. */
  membersBySubject(subject: string): Member[] {
    const members = this.snapshot.membersBySubject.get(subject) ?? [];
    return members.filter((one) => this.activeMember(one));
  }

  /** What people have switched, by operator. */
  get operatorSettings(): ReadonlyMap<string, OperatorSettings> {
    return this.snapshot.operatorSettings;
  }

  /** From now on changes of other processes become visible here. */
  watch(notifications?: Notifications): this {
    this.source.watch(notifications);
    return this;
  }

  onApplicationShutdown(): Promise<void> {
    return this.source.stop();
  }

  private get snapshot(): Snapshot {
    return this.source.current;
  }

  /** Whether a key or secret is still the application's; keys that are kept elsewhere we cannot know. */
  private holds(application: Application, credential: string): boolean {
    const name = credential.slice(4);
    if (credential.startsWith('key:')) {
      return application.jwksUri !== null || application.jwks.keys.some(({ kid }) => kid === name);
    }
    return this.live(this.snapshot.credentials.get(name))?.applicationId === application.id;
  }

  private live(credential: Credential | undefined): Credential | undefined {
    const ended = credential?.expiresAtMs != null && credential.expiresAtMs <= Date.now();
    return ended ? undefined : credential;
  }

  private mayAct(application: Application): boolean {
    return (
      application.status === 'active' && this.snapshot.tenants.get(application.tenantId)?.status === 'active'
    );
  }

  private activeMember(member: Member | undefined): Member | undefined {
    if (member?.status !== 'active') return undefined;
    const ofPartner = member.tenantId === null;
    return ofPartner || this.snapshot.tenants.get(member.tenantId)?.status === 'active' ? member : undefined;
  }

  private refused(what: string): Problem {
    this.metrics.credentials.refused('data', 'suspended');
    return new Problem('permissionDenied', { detail: `${what} may not make this call` });
  }
}

function isActive({ status, expiresAtMs }: Subscription): boolean {
  return status === 'active' && (expiresAtMs === null || expiresAtMs > Date.now());
}

function covers(subscription: Subscription, scopes: readonly string[]): boolean {
  return isActive(subscription) && scopes.every((scope) => subscription.scopes.includes(scope));
}
