import { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { Configuration, KoaContextWithOIDC, Provider, errors } from 'oidc-provider';
import { ClientAddresses } from '../routing/client-address.js';
import { Artifacts } from './artifacts.js';
import { AUTHORIZE_PATH, TOKEN_PATH, around } from './around.js';
import { checkAssertion } from './client-assertion.js';
import { AuthCodeFlow } from './flows/auth-code.js';
import { operatorAuthenticates } from './policy.js';
import { ERROR_PAGE } from './error-page.js';
import { Refusals } from './refusals.js';
import { stateOf } from './request-state.js';
import { TokenRules } from './token-rules.js';

/** What the library asks us. */
@Injectable()
export class ProviderParts {
  constructor(
    readonly artifacts: Artifacts,
    readonly addresses: ClientAddresses,
    readonly authCode: AuthCodeFlow,
    readonly tokens: TokenRules,
    readonly refusals: Refusals,
  ) {}
}

const ALGORITHMS = ['ES256', 'PS256', 'RS256'] as const;

/**
 * oidc-provider, bent to the CAMARA profile (ICM r4.2). Public API only, its minor version pinned.
 * @param keys our ES256 keys, private, the one in use first
 * @param resumed requests that come from our own callback
 */
export function createProvider(
  issuer: string,
  keys: readonly JWK[],
  parts: ProviderParts,
  resumed: WeakSet<IncomingMessage>,
): Provider {
  const { artifacts, tokens } = parts;
  const provider = new Provider(issuer, {
    adapter: (model) => artifacts.of(model),
    jwks: { keys: [...keys] as NonNullable<Configuration['jwks']>['keys'] },
    routes: { authorization: AUTHORIZE_PATH, token: TOKEN_PATH, jwks: '/jwks' },
    features: features(tokens),
    ...restrictions(),
    interactions: {
      policy: operatorAuthenticates(),
      url: (ctx, interaction) => sendToOperator(parts, ctx, interaction.uid),
    },
    findAccount: (ctx, subject, source) => tokens.findAccount(ctx, subject, source),
    loadExistingGrant: (ctx) => tokens.grantFor(ctx),
    extraTokenClaims: (ctx) => tokens.routeClaims(ctx),
    ttl: {
      AccessToken: (ctx) => tokens.lifetime(ctx),
      AuthorizationCode: 60,
      Grant: 120,
      IdToken: 300,
      Interaction: 120,
      Session: 120,
    },
    renderError: (ctx, out) => renderError(ctx, out),
  });
  provider.proxy = true;
  provider.silent = true;
  provider.use(around(resumed));
  return provider;
}

/** @returns the operator's authorize URL. @throws an OAuth error, which the library sends back on the redirect */
async function sendToOperator(
  { addresses, authCode, refusals }: ProviderParts,
  ctx: KoaContextWithOIDC,
  interactionUid: string,
): Promise<string> {
  const { order, loginHint } = stateOf(ctx);
  if (!order) throw new Error('the scopes of the request were not read');
  try {
    return await authCode.begin({ order, loginHint, from: addresses.of(ctx.req), interactionUid });
  } catch (error) {
    const { error: code, description } = refusals.note(undefined, error);
    throw new errors.CustomOIDCProviderError(code, description);
  }
}

function features(tokens: TokenRules): Configuration['features'] {
  return {
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    // Not with Bearer tokens that live for one call: a DPoP header is ignored, as the profile asks.
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => tokens.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => tokens.resource(ctx, resource, client.clientId),
    },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
  };
}

/** One way in, one way out. */
function restrictions(): Configuration {
  return {
    // API scopes come with the resource; listed here they would ask for a consent of ours.
    scopes: ['openid'],
    responseTypes: ['code'],
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: [...ALGORITHMS],
      idTokenSigningAlgValues: ['ES256'],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: 0,
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims) => checkAssertion(claims),
    clientBasedCORS: () => false,
    issueRefreshToken: () => Promise.resolve(false),
    expiresWithSession: () => Promise.resolve(false),
  };
}

/** Where an error may not be sent back: a page on the way in, plain JSON at the token endpoint. */
function renderError(ctx: KoaContextWithOIDC, out: object): void {
  if (ctx.path === TOKEN_PATH) {
    ctx.body = out;
    return;
  }
  ctx.status = ERROR_PAGE.status;
  ctx.set({ ...ERROR_PAGE.headers });
  ctx.body = ERROR_PAGE.body;
}
