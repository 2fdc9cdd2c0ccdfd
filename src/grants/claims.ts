import { numberVerificationAudience } from '../contract/issuer.js';
import { Grant } from '../contract/grant.js';
import { currentSpan } from '../telemetry/spans.js';

/** The longest life of an access token, in seconds (NV 2.1.1, "The Authentication Request"). */
export const MAX_LIFETIME_SECONDS = 300;

/** What stands inside an access token: the claims of RFC 9068 and our route. */
export interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly client_id: string;
  readonly sub: string;
  readonly scope: string;
  readonly jti: string;
  /** Seconds since the epoch, as `exp`. */
  readonly iat: number;
  readonly exp: number;
  readonly tenant: string;
  readonly app: string;
  readonly subscription: string;
  readonly op: string;
  readonly reg: string;
  readonly dpv: string;
  readonly amr: readonly string[];
  readonly upt: string;
  readonly cred?: string;
  readonly rule?: string;
  readonly span?: string;
}

const MAX_JTI_LENGTH = 128;

/**
 * Each call passes here, and only what was sealed with a key of ours: a schema's price for telling what is wrong, which
 * nobody would learn, is saved. Claims we do not know are none of our business.
 */
export function areClaims(value: unknown): value is Claims {
  if (typeof value !== 'object' || value === null) return false;
  const claims = value as Partial<Record<keyof Claims, unknown>>;
  return (
    isText(claims.iss) &&
    isText(claims.aud) &&
    isText(claims.client_id) &&
    isText(claims.sub) &&
    typeof claims.scope === 'string' &&
    isText(claims.jti) &&
    claims.jti.length <= MAX_JTI_LENGTH &&
    isTime(claims.iat) &&
    isTime(claims.exp) &&
    isText(claims.tenant) &&
    isText(claims.app) &&
    isText(claims.subscription) &&
    isText(claims.op) &&
    isText(claims.reg) &&
    isText(claims.dpv) &&
    Array.isArray(claims.amr) &&
    claims.amr.every((method) => typeof method === 'string') &&
    isText(claims.upt) &&
    isTextOrNone(claims.cred) &&
    isTextOrNone(claims.rule) &&
    isTextOrNone(claims.span)
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

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
