import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Tenants } from '../tenants/tenants.js';
import { ApiScope } from '../contract/number-verification.js';
import { noteCall } from '../telemetry/call-trace.js';
import { readScopes } from './scopes.js';

/** What an application asks for in one sign-in, and may have. */
export interface Order {
  readonly tenantId: string;
  readonly applicationId: string;
  readonly subscriptionId: string;
  readonly purpose: string;
  readonly scopes: readonly ApiScope[];
  /** ISO 3166-1 alpha-2; none: wherever the operators are. */
  readonly countries: readonly string[];
  /** Kinds of hints that may stand for a device, such as `operatortoken`. */
  readonly allowedHints: readonly string[];
}

export const CIBA = 'urn:openid:params:grant-type:ciba';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Ways to a token, as subscriptions name them. */
export const GRANT_TYPES = ['authorization_code', CIBA, JWT_BEARER] as const;

export const CLIENT_CREDENTIALS = 'client_credentials';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Ways that are ours, not the profile's: they open nothing, and are not spoken of, but where they were agreed. */
export const EXTENSION_GRANT_TYPES = [CLIENT_CREDENTIALS, TOKEN_EXCHANGE] as const;
export type GrantType = (typeof GRANT_TYPES | typeof EXTENSION_GRANT_TYPES)[number];

/** What was agreed at onboarding for application, purpose and scope is all that can be asked for (ICM r4.2). */
@Injectable()
export class Orders {
  constructor(private readonly tenants: Tenants) {}

  /**
   * Whether a way was agreed at all, before it is looked at what is asked for.
   * @throws UnauthorizedClient
   */
  requireAny(clientId: string, grantType: GrantType): void {
    const application = this.tenants.application(clientId);
    if (application && this.tenants.mayUse(application.id, grantType)) return;
    throw new errors.UnauthorizedClient('this flow was not agreed for any subscription');
  }

  /**
   * @param scope canonical
   * @throws InvalidScope | UnauthorizedClient
   */
  require(clientId: string, scope: string, grantType: GrantType): Order {
    const application = this.tenants.application(clientId);
    if (!application) throw new errors.UnauthorizedClient('the application is not active');
    noteCall({ tenant: application.tenantId, application: application.id });
    const asked = readScopes(scope);
    if (!asked) throw new errors.InvalidScope('exactly one purpose and known API scopes are required', scope);
    const { purpose, scopes } = asked;
    const subscription = this.tenants.subscriptionFor(application.id, purpose, scopes);
    if (!subscription) throw new errors.InvalidScope('not subscribed for this purpose', scope);
    if (!subscription.grantTypes.includes(grantType)) {
      throw new errors.UnauthorizedClient('this flow was not agreed for the subscription');
    }
    return {
      tenantId: application.tenantId,
      applicationId: application.id,
      subscriptionId: subscription.id,
      purpose,
      scopes,
      countries: subscription.countries,
      allowedHints: subscription.allowedHints,
    };
  }
}
