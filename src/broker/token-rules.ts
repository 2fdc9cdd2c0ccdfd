import { Inject, Injectable } from '@nestjs/common';
import {
  Account,
  FindAccount,
  Grant as OidcGrant,
  KoaContextWithOIDC,
  ResourceServer,
  errors,
} from 'oidc-provider';
import { ISSUER, numberVerificationAudience } from '../contract/issuer.js';
import { routeClaims } from '../grants/claims.js';
import { continueSpan } from '../telemetry/spans.js';
import { Grants } from '../grants/grants.js';
import { Operators } from '../operators/operators.js';
import { noteCall } from '../telemetry/call-trace.js';
import { CIBA, Orders } from './orders.js';
import { mayReach } from './proof.js';
import { stateOf } from './request-state.js';
import { UpstreamSession, UpstreamSessions } from './upstream-sessions.js';

export const MAX_LIFETIME_SECONDS = 300;
/** What a call needs to reach the operator while its token still lives. */
const MARGIN_SECONDS = 5;

/** What our own interaction results hold beside the library's members. */
export interface UpstreamResult {
  readonly operatorId: string;
  readonly session?: UpstreamSession;
}

/** What our tokens hold and how long they live: always exactly one operator token inside. */
@Injectable()
export class TokenRules {
  readonly audience: string;

  constructor(
    @Inject(ISSUER) issuer: string,
    private readonly orders: Orders,
    private readonly sessions: UpstreamSessions,
    private readonly grants: Grants,
    private readonly operators: Operators,
  ) {
    this.audience = numberVerificationAudience(issuer);
  }

  /**
   * Number Verification as the one resource there is. Called for the authorization request, its resumption and
   * the token; the key is asked for each time, as keys rotate.
   * @throws InvalidTarget | InvalidScope | UnauthorizedClient
   */
  resource(ctx: KoaContextWithOIDC, resource: string, clientId: string): ResourceServer {
    if (resource !== this.audience) throw new errors.InvalidTarget();
    const granted = ctx.oidc.entities.Grant?.getResourceScope(resource);
    const scope = granted ?? scopeAsked(ctx);
    if (granted === undefined) {
      const flow = ctx.oidc.route === 'backchannel_authentication' ? CIBA : 'authorization_code';
      stateOf(ctx).order = this.orders.require(clientId, scope, flow);
    }
    return {
      scope,
      audience: this.audience,
      accessTokenFormat: 'jwt',
      accessTokenTTL: MAX_LIFETIME_SECONDS,
      jwt: { sign: false, encrypt: this.grants.encryption() },
    };
  }

  /** After the operator's answer: what was asked for is granted, and the operator's token kept beside it. */
  async grantFor(ctx: KoaContextWithOIDC): Promise<OidcGrant> {
    const { client, account, result, provider } = ctx.oidc;
    const { order } = stateOf(ctx);
    const session = (result?.['upstream'] as UpstreamResult | undefined)?.session;
    if (!client || !account || !order || !session) throw new Error('nobody has signed in');
    const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    if (scopeAsked(ctx).split(' ').includes('openid')) grant.addOIDCScope('openid');
    grant.addResourceScope(this.audience, [order.purpose, ...order.scopes].join(' '));
    await this.sessions.keep(await grant.save(), session);
    return grant;
  }

  /**
   * At the token endpoint, after the code was consumed: takes the operator's token, once.
   * @returns undefined, which is invalid_grant, when it is gone, about to end, or beyond the client's secret
   */
  readonly findAccount: FindAccount = async (ctx, subject, source) => {
    if (source && 'grantId' in source) {
      const session = await this.sessions.take(String(source.grantId));
      if (!session || secondsLeft(session) <= 0) return undefined;
      const operator = this.operators.get(session.operatorId);
      if (!operator || !mayReach(operator, stateOf(ctx).proof)) return undefined;
      continueSpan(session.span);
      stateOf(ctx).upstream = session;
      const { tenantId: tenant, applicationId: application } = session;
      noteCall({ tenant, application, operator: operator.id });
    }
    return { accountId: subject, claims: () => ({ sub: subject }) } satisfies Account;
  };

  /** @returns seconds: at most 300, and never beyond the operator's token */
  lifetime(ctx: KoaContextWithOIDC): number {
    return Math.min(MAX_LIFETIME_SECONDS, Math.max(1, secondsLeft(upstreamOf(ctx))));
  }

  routeClaims(ctx: KoaContextWithOIDC): ReturnType<typeof routeClaims> {
    const credential = stateOf(ctx).proof?.credential;
    return routeClaims({ ...upstreamOf(ctx), ...(credential !== undefined && { credential }) });
  }
}

function scopeAsked({ oidc }: KoaContextWithOIDC): string {
  const scope = oidc.params?.['scope'];
  return typeof scope === 'string' ? scope : '';
}

function upstreamOf(ctx: KoaContextWithOIDC): UpstreamSession {
  const { upstream } = stateOf(ctx);
  if (!upstream) throw new Error('no operator token to go into this one');
  return upstream;
}

/** @returns whole seconds that a token of ours may live on the operator's, possibly none */
export function secondsLeft({ endsAt }: UpstreamSession): number {
  return Math.floor(endsAt - MARGIN_SECONDS - Date.now() / 1000);
}
