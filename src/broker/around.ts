import { IncomingMessage } from 'node:http';
import { KoaContextWithOIDC, errors } from 'oidc-provider';
import { readAuthorize } from './authorize-request.js';
import { readBcAuthorize } from './bc-authorize-request.js';
import { ClientProofs } from './client-proofs.js';
import { TooManyGuesses } from './client-secrets.js';
import { publishOnlyWhatWeOffer } from './discovery-document.js';
import { bodyOf, rewind } from './form-body.js';
import { EXTENSION_GRANT_TYPES, GRANT_TYPES } from './orders.js';
import { AUTHORIZE_PATH, BC_AUTHORIZE_PATH, DISCOVERY_PATH, TOKEN_PATH } from './paths.js';
import { stateOf } from './request-state.js';
import { SignedRequests } from './signed-requests.js';

type Next = () => Promise<void>;

const FORM = 'application/x-www-form-urlencoded';

/**
 * What the library must not see, and what it says otherwise than the profile has it (ICM r4.2, appendix A).
 * @param resumed requests that our own callback sent on to be resumed; from outside there is no such path
 */
export function around(
  resumed: WeakSet<IncomingMessage>,
  signedRequests: SignedRequests,
  proofs: ClientProofs,
) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    if (ctx.path.startsWith(`${AUTHORIZE_PATH}/`) && !resumed.has(ctx.req)) {
      ctx.status = 404;
      return;
    }
    if (ctx.path === AUTHORIZE_PATH) await authorizeIn(ctx, signedRequests);
    if (fromBackend(ctx)) {
      if (!(await proofIn(ctx, proofs))) return;
      if (ctx.path === BC_AUTHORIZE_PATH) await bcAuthorizeIn(ctx, signedRequests);
    }
    await next();
    redirectOut(ctx);
    tokenOut(ctx);
    bcAuthorizeOut(ctx);
    if (ctx.path === DISCOVERY_PATH)
      ctx.body = publishOnlyWhatWeOffer(ctx.body as Record<string, unknown>, proofs.secretsAllowed);
  };
}

async function authorizeIn(ctx: KoaContextWithOIDC, signedRequests: SignedRequests): Promise<void> {
  // No cookie of ours exists, and none may ever stand for a sign-in.
  delete ctx.req.headers.cookie;
  const given = new URLSearchParams(ctx.querystring);
  const { parameters, loginHint, ...named } = await readAuthorize(given, signedRequests, AUTHORIZE_PATH);
  ctx.querystring = parameters.toString();
  Object.assign(stateOf(ctx), named, loginHint !== undefined && { loginHint });
}

/** Where a client proves itself. */
function fromBackend({ path }: KoaContextWithOIDC): boolean {
  return path === TOKEN_PATH || path === BC_AUTHORIZE_PATH;
}

/** @returns whether the library shall judge the request */
async function proofIn(ctx: KoaContextWithOIDC, proofs: ClientProofs): Promise<boolean> {
  // Any other type of body is the library's to refuse.
  if (ctx.get('content-type') && !ctx.is(FORM)) return true;
  const byHeader = ctx.get('authorization') !== '';
  try {
    await proofs.take(ctx);
    return true;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    ctx.set('cache-control', 'no-store');
    if (error instanceof TooManyGuesses) ctx.set('retry-after', String(error.retryAfterSeconds));
    // RFC 6749 §5.2.
    if (byHeader && error.statusCode === 401) ctx.set('www-authenticate', 'Basic realm="token endpoint"');
    ctx.status = error.statusCode;
    ctx.body = { error: error.error, error_description: error.error_description };
    return false;
  }
}

async function bcAuthorizeIn(ctx: KoaContextWithOIDC, signedRequests: SignedRequests): Promise<void> {
  if (!ctx.is(FORM)) return;
  const given = new URLSearchParams(bodyOf(ctx.req));
  const { parameters, ...read } = await readBcAuthorize(given, signedRequests, BC_AUTHORIZE_PATH);
  Object.assign(stateOf(ctx), read);
  rewind(ctx.req, Buffer.from(parameters.toString()));
}

function redirectOut(ctx: KoaContextWithOIDC): void {
  if (fromBackend(ctx)) return;
  if (ctx.status === 303) ctx.status = 302;
  ctx.remove('set-cookie');
}

function tokenOut(ctx: KoaContextWithOIDC): void {
  if (ctx.path !== TOKEN_PATH) return;
  const body = ctx.body as Record<string, unknown> | undefined;
  const grantType = ctx.oidc?.params?.['grant_type'];
  const { client } = ctx.oidc ?? {};
  if (body?.['error'] === 'invalid_request' && client && typeof grantType === 'string') {
    const offered = ([...GRANT_TYPES, ...EXTENSION_GRANT_TYPES] as readonly string[]).includes(grantType);
    if (!offered) ctx.body = { error: 'unsupported_grant_type' };
    else if (!client.grantTypeAllowed(grantType)) ctx.body = { error: 'unauthorized_client' };
  }
  // The library names the resource's scopes only, though the id_token shows that openid was granted, too.
  if (body?.['id_token']) body['scope'] = `openid ${String(body['scope'])}`;
}

/** The library has one error for everything that is wrong with a request. */
function bcAuthorizeOut(ctx: KoaContextWithOIDC): void {
  if (ctx.path !== BC_AUTHORIZE_PATH || !stateOf(ctx).requestObjectRefused) return;
  const body = ctx.body as { error?: string; error_description?: string };
  if (body.error === 'invalid_request') ctx.body = { ...body, error: 'invalid_request_object' };
}
