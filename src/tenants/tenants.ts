import { OnApplicationShutdown } from '@nestjs/common';
import { Grant } from '../contract/grant.js';
import { Problem } from '../contract/problem.js';
import { Database } from '../database/database.js';
import { Recurring } from '../database/recurring.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { readRevision, readSnapshot } from './snapshot.reader.js';
import { Application, Client, Registration, Snapshot, Subscription } from './snapshot.js';

export type { Application, Client, Registration, Subscription } from './snapshot.js';

/** A change is visible in every process at most this long after its commit, and what reading takes. */
const LOOK_EVERY_MS = 1_500;

/** Who may call, read from memory: no call waits for the database. */
export class Tenants implements OnApplicationShutdown {
  private snapshot = new Snapshot({ tenants: [], applications: [], subscriptions: [], registrations: [] });
  private revision: string | undefined;
  private readonly looking: Recurring;

  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    logger: Logger,
  ) {
    this.looking = new Recurring(() => this.look(), logger, 'tenants could not be read again');
  }

  /** Replaces the snapshot by what the database holds now. */
  async load(): Promise<void> {
    const { revision, snapshot } = await readSnapshot(this.database.pool('admin'));
    this.revision = revision;
    this.snapshot = snapshot;
  }

  /**
   * Whose call it is, if they still may make it.
   * @throws Problem permissionDenied when tenant, application, subscription or registration is suspended, gone
   *   or another than the token says, or when a scope of the token is no longer subscribed
   */
  require(grant: Grant): Client {
    const { applications, subscriptions, registrations } = this.snapshot;
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
    return { tenantId: application.tenantId, application, subscription };
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
    return subscriptions.some((one) => one.status === 'active' && one.grantTypes.includes(grantType));
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

  /** From now on changes of other processes become visible here. */
  watch(): this {
    this.looking.start(LOOK_EVERY_MS);
    return this;
  }

  onApplicationShutdown(): Promise<void> {
    return this.looking.stop();
  }

  /** While the database is away the last snapshot keeps serving: that must not stop calls. */
  private async look(): Promise<void> {
    if ((await readRevision(this.database.pool('admin'))) !== this.revision) await this.load();
  }

  private mayAct(application: Application): boolean {
    return (
      application.status === 'active' && this.snapshot.tenants.get(application.tenantId)?.status === 'active'
    );
  }

  private refused(what: string): Problem {
    this.metrics.authFailed('data', 'suspended');
    return new Problem('permissionDenied', { detail: `${what} may not make this call` });
  }
}

function covers(subscription: Subscription, scopes: readonly string[]): boolean {
  return subscription.status === 'active' && scopes.every((scope) => subscription.scopes.includes(scope));
}
