import { z } from 'zod';
import { numberVerificationAudience } from '../contract/issuer.js';
import { Grant } from '../contract/grant.js';
import { currentSpan } from '../telemetry/spans.js';

/** The longest life of an access token, in seconds (NV 2.1.1, "The Authentication Request"). */
export const MAX_LIFETIME_SECONDS = 300;

const text = z.string().min(1);
const epochSeconds = z.int().positive();

/** What stands inside an access token: the claims of RFC 9068 and our route. Unknown claims are dropped. */
export const Claims = z.object({
  iss: text,
  aud: text,
  client_id: text,
  sub: text,
  scope: z.string(),
  jti: text.max(128),
  iat: epochSeconds,
  exp: epochSeconds,
  tenant: text,
  app: text,
  subscription: text,
  op: text,
  reg: text,
  dpv: text,
  amr: z.array(z.string()),
  upt: text,
  cred: text.optional(),
  rule: text.optional(),
  span: text.optional(),
});
export type Claims = z.infer<typeof Claims>;

type Route = Omit<Grant, 'clientId' | 'scopes' | 'subject' | 'jti' | 'issuedAt' | 'expiresAt'>;
export type RouteClaims = Pick<
  Claims,
  'tenant' | 'app' | 'subscription' | 'op' | 'reg' | 'dpv' | 'amr' | 'upt' | 'cred' | 'rule' | 'span'
>;

/** The claims that are ours alone, for an authorization server that writes the standard ones itself. */
export function routeClaims(route: Route): RouteClaims {
  const span = currentSpan();
  return {
    tenant: route.tenantId,
    app: route.applicationId,
    subscription: route.subscriptionId,
    op: route.operatorId,
    reg: route.registrationId,
    dpv: route.purpose,
    amr: [...route.amr],
    upt: route.operatorToken,
    ...(route.credential !== undefined && { cred: route.credential }),
    ...(route.rule !== undefined && { rule: route.rule }),
    ...(span !== undefined && { span }),
  };
}

export function toClaims(grant: Grant, issuer: string): Claims {
  return {
    iss: issuer,
    aud: numberVerificationAudience(issuer),
    client_id: grant.clientId,
    sub: grant.subject,
    scope: grant.scopes.join(' '),
    jti: grant.jti,
    iat: grant.issuedAt,
    exp: grant.expiresAt,
    ...routeClaims(grant),
  };
}

export function toGrant(claims: Claims): Grant {
  return {
    tenantId: claims.tenant,
    applicationId: claims.app,
    clientId: claims.client_id,
    subscriptionId: claims.subscription,
    operatorId: claims.op,
    registrationId: claims.reg,
    scopes: claims.scope.split(' ').filter(isApiScope),
    purpose: claims.dpv,
    amr: claims.amr,
    subject: claims.sub,
    jti: claims.jti,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    operatorToken: claims.upt,
    ...(claims.cred !== undefined && { credential: claims.cred }),
    ...(claims.rule !== undefined && { rule: claims.rule }),
  };
}

/** Purpose and `openid` travel in `scope` too (ICM r4.2, "Purpose as a scope") but open no API. */
function isApiScope(scope: string): boolean {
  return scope !== '' && scope !== 'openid' && !scope.startsWith('dpv:');
}
