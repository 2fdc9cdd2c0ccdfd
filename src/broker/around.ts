import { IncomingMessage } from 'node:http';
import { KoaContextWithOIDC, errors } from 'oidc-provider';
import { normalizeAuthorize } from './authorize-request.js';
import { publishOnlyWhatWeOffer } from './discovery-document.js';
import { GRANT_TYPES } from './orders.js';
import { requireClientAssertion } from './client-assertion.js';
import { stateOf } from './request-state.js';

export const AUTHORIZE_PATH = '/authorize';
export const TOKEN_PATH = '/token';
export const DISCOVERY_PATH = '/.well-known/openid-configuration';

type Next = () => Promise<void>;

/**
 * What the library must not see, and what it says otherwise than the profile has it (ICM r4.2, appendix A).
 * @param resumed requests that our own callback sent on to be resumed; from outside there is no such path
 */
export function around(resumed: WeakSet<IncomingMessage>) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    if (ctx.path.startsWith(`${AUTHORIZE_PATH}/`) && !resumed.has(ctx.req)) {
      ctx.status = 404;
      return;
    }
    if (ctx.path === AUTHORIZE_PATH) authorizeIn(ctx);
    if (ctx.path === TOKEN_PATH && !tokenIn(ctx)) return;
    await next();
    redirectOut(ctx);
    tokenOut(ctx);
    if (ctx.path === DISCOVERY_PATH) ctx.body = publishOnlyWhatWeOffer(ctx.body as Record<string, unknown>);
  };
}

function authorizeIn(ctx: KoaContextWithOIDC): void {
  // No cookie of ours exists, and none may ever stand for a sign-in.
  delete ctx.req.headers.cookie;
  const { parameters, loginHint } = normalizeAuthorize(new URLSearchParams(ctx.querystring));
  ctx.querystring = parameters.toString();
  if (loginHint !== undefined) stateOf(ctx).loginHint = loginHint;
}

/** @returns whether the library shall judge the request */
function tokenIn(ctx: KoaContextWithOIDC): boolean {
  const { body } = ctx.req as IncomingMessage & { body?: string };
  // Any other type of body is the library's to refuse.
  if (ctx.get('content-type') && !ctx.is('application/x-www-form-urlencoded')) return true;
  try {
    requireClientAssertion(body ?? '');
    return true;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    ctx.set('cache-control', 'no-store');
    ctx.status = error.statusCode;
    ctx.body = { error: error.error, error_description: error.error_description };
    return false;
  }
}

function redirectOut(ctx: KoaContextWithOIDC): void {
  if (ctx.path === TOKEN_PATH) return;
  if (ctx.status === 303) ctx.status = 302;
  ctx.remove('set-cookie');
}

function tokenOut(ctx: KoaContextWithOIDC): void {
  if (ctx.path !== TOKEN_PATH) return;
  const body = ctx.body as Record<string, unknown> | undefined;
  const grantType = ctx.oidc?.params?.['grant_type'];
  const { client } = ctx.oidc ?? {};
  if (body?.['error'] === 'invalid_request' && client && typeof grantType === 'string') {
    const offered = (GRANT_TYPES as readonly string[]).includes(grantType);
    if (!offered) ctx.body = { error: 'unsupported_grant_type' };
    else if (!client.grantTypeAllowed(grantType)) ctx.body = { error: 'unauthorized_client' };
  }
  // The library names the resource's scopes only, though the id_token shows that openid was granted, too.
  if (body?.['id_token']) body['scope'] = `openid ${String(body['scope'])}`;
}
