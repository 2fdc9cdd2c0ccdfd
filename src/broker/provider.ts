import { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { around } from './around.js';
import { Artifacts } from './artifacts.js';
import { AuthorizeEndpoint } from './authorize-endpoint.js';
import { BackchannelEndpoint } from './backchannel-endpoint.js';
import { checkAssertion } from './client-assertion.js';
import { ClientProofs } from './client-proofs.js';
import { operatorAuthenticates } from './policy.js';
import { ERROR_PAGE } from './error-page.js';
import { Extensions } from './extensions.js';
import { AUTHORIZE_PATH, BC_AUTHORIZE_PATH, TOKEN_PATH } from './paths.js';
import { tokenIdOf } from './revocations.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';
import { TokenRules } from './token-rules.js';

/** What the library asks us. */
@Injectable()
export class ProviderParts {
  constructor(
    readonly artifacts: Artifacts,
    readonly authorize: AuthorizeEndpoint,
    readonly backchannel: BackchannelEndpoint,
    readonly tokens: TokenRules,
    readonly extensions: Extensions,
    readonly proofs: ClientProofs,
  ) {}
}

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
  const { artifacts, authorize, backchannel, tokens, extensions, proofs } = parts;
  const provider = new Provider(issuer, {
    adapter: (model) => artifacts.of(model),
    jwks: { keys: [...keys] as NonNullable<Configuration['jwks']>['keys'] },
    routes: {
      authorization: AUTHORIZE_PATH,
      backchannel_authentication: BC_AUTHORIZE_PATH,
      token: TOKEN_PATH,
      jwks: '/jwks',
    },
    features: { ...features(tokens), ciba: ciba(backchannel) },
    ...restrictions(),
    assertJwtClientAuthClaimsAndHeader: (ctx, claims, _header, client) => {
      checkAssertion(claims);
      return proofs.noteAssertion(ctx, client.clientId);
    },
    interactions: {
      policy: operatorAuthenticates(),
      url: (ctx, interaction) => authorize.sendToOperator(ctx, interaction.uid),
    },
    findAccount: (ctx, subject, source) => tokens.findAccount(ctx, subject, source),
    loadExistingGrant: (ctx) => tokens.grantFor(ctx),
    extraTokenClaims: (ctx) => tokens.routeClaims(ctx),
    formats: { customizers: { jwt: (_ctx, token, parts) => nameAfterItsGrant(token, parts) } },
    ttl: {
      AccessToken: (ctx) => tokens.lifetime(ctx),
      AuthorizationCode: 60,
      BackchannelAuthenticationRequest: (ctx) => backchannel.lifetime(ctx),
      Grant: 120,
      IdToken: 300,
      Interaction: 120,
      Session: 120,
    },
    renderError: (ctx, out) => renderError(ctx, out),
  });
  provider.proxy = true;
  provider.silent = true;
  backchannel.register(provider);
  extensions.register(provider);
  provider.use(around(resumed, authorize.signedRequests, proofs));
  return provider;
}

/** Poll mode; of whom it is about and what has become of it the library knows nothing. */
function ciba(backchannel: BackchannelEndpoint): NonNullable<Configuration['features']>['ciba'] {
  return {
    enabled: true,
    deliveryModes: ['poll'],
    processLoginHint: (ctx, loginHint) => backchannel.begin(ctx, loginHint),
    triggerAuthenticationDevice: (ctx, request) => backchannel.open(ctx, request),
    validateBindingMessage: () => undefined,
    validateRequestContext: () => undefined,
    verifyUserCode: () => undefined,
  };
}

function features(tokens: TokenRules): Configuration['features'] {
  return {
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    // Not with Bearer tokens that live for one call: a DPoP header is ignored, as the profile asks.
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    // To be told of a bad one on the redirect: those that are good never reach the library.
    requestObjects: { enabled: true },
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

/** So that it can be revoked by what is left of its sign-in: the grant. */
function nameAfterItsGrant(token: object, { payload }: { payload: Record<string, unknown> }): void {
  if (!('grantId' in token) || typeof token.grantId !== 'string') throw new Error('a token without a grant');
  payload['jti'] = tokenIdOf(token.grantId);
}

/** One way in, one way out. */
function restrictions(): Configuration {
  return {
    // API scopes come with the resource; listed here they would ask for a consent of ours.
    scopes: ['openid'],
    responseTypes: ['code'],
    // The second stands for a secret that we have seen to be right.
    clientAuthMethods: ['private_key_jwt', 'client_secret_post'],
    enabledJWA: {
      clientAuthSigningAlgValues: [...SIGNING_ALGORITHMS],
      requestObjectSigningAlgValues: [...SIGNING_ALGORITHMS],
      idTokenSigningAlgValues: ['ES256'],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: 0,
    clientBasedCORS: () => false,
    issueRefreshToken: () => Promise.resolve(false),
    expiresWithSession: () => Promise.resolve(false),
  };
}

/** Where an error may not be sent back: a page on the way in, plain JSON at the token endpoint. */
function renderError(ctx: KoaContextWithOIDC, out: object): void {
  if (ctx.path === TOKEN_PATH || ctx.path === BC_AUTHORIZE_PATH) {
    ctx.body = out;
    return;
  }
  ctx.status = ERROR_PAGE.status;
  ctx.set({ ...ERROR_PAGE.headers });
  ctx.body = ERROR_PAGE.body;
}
