import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  Configuration,
  PrivateKeyJwt,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { CryptoKey, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { KeyRing } from '../src/grants/key-ring.js';
import { postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const json = async (path: string): Promise<unknown> => (await fetch(gateway.url + path)).json();

test('the discovery document says what is offered, and nothing else', async () => {
  expect(await json('/.well-known/openid-configuration')).toEqual({
    issuer: gateway.url,
    authorization_endpoint: `${gateway.url}/authorize`,
    token_endpoint: `${gateway.url}/token`,
    jwks_uri: `${gateway.url}/jwks`,
    scopes_supported: ['openid', VERIFY_SCOPE, SHARE_SCOPE],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [
      'authorization_code',
      'urn:openid:params:grant-type:ciba',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
    backchannel_authentication_endpoint: `${gateway.url}/bc-authorize`,
    backchannel_token_delivery_modes_supported: ['poll'],
    backchannel_authentication_request_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
    request_uri_parameter_supported: false,
  });
});

test('keys are published without their private halves, and each operator knows us by a key of its own', async () => {
  const operators = ['sandbox-camara-1-0', 'sandbox-camara-2-0', 'sandbox-camara-2-1'];
  const paths = ['/jwks', ...operators.map((id) => `/upstream/${id}/jwks`)];
  const sets = (await Promise.all(paths.map(json))) as { keys: Record<string, string>[] }[];
  const keys = sets.flatMap((set) => set.keys);
  for (const key of keys) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' });
  }
  expect(new Set(keys.map(({ x }) => x)).size).toBe(4);
});

test.each(['nobody', 'sandbox-vonage-v031'])(
  'an operator that takes no signature of ours has no keys: %s',
  async (id) => {
    expect((await fetch(`${gateway.url}/upstream/${id}/jwks`)).status).toBe(404);
  },
);

test.each(['/jwks', '/.well-known/openid-configuration'])('%s is for GET only', async (path) => {
  expect((await fetch(gateway.url + path, { method: 'POST' })).status).toBe(405);
});

test.each(['/token', '/bc-authorize'])('%s is for POST only', async (path) => {
  expect((await fetch(gateway.url + path)).status).toBe(405);
});

test('openid-client, as it comes, signs a device in', async () => {
  const { clientId, privateKeyJwk, redirectUri } = gateway.sandbox.application;
  const key = (await importJWK(privateKeyJwk, 'ES256')) as CryptoKey;
  const client: Configuration = await discovery(
    new URL(gateway.url),
    clientId,
    { id_token_signed_response_alg: 'ES256' },
    PrivateKeyJwt({ key, kid: privateKeyJwk.kid }),
    { execute: [allowInsecureRequests, enableNonRepudiationChecks] },
  );
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    randomPKCECodeVerifier(),
    randomState(),
    randomNonce(),
  ];
  const url = buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: `openid dpv:FraudPreventionAndDetection ${VERIFY_SCOPE}`,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    prompt: 'none',
  });
  const back = await followAsDevice(url, gateway.device('camara-2.1').ip, redirectUri);
  const answer = await authorizationCodeGrant(client, back, {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
  });
  expect(answer.expiresIn()).toBeLessThanOrEqual(300);
  expect(answer.claims()?.sub).toMatch(/^[\w-]{43}$/);
});

test('a rotated key signs the next id_token, and the one before it still verifies', async () => {
  const signIn = async (): Promise<string> => {
    const asp = gateway.sandbox;
    const { verifier, authorizeUrl } = beginSignIn(asp);
    const back = await followAsDevice(
      authorizeUrl,
      gateway.device('camara-2.0').ip,
      asp.application.redirectUri,
    );
    const { body } = await postToken(asp, await redemption(asp, back.searchParams.get('code')!, verifier));
    return String(body['id_token']);
  };
  const before = await signIn();
  const kid = await gateway.app.get(KeyRing, { strict: false }).rotate('oidc', { activeFrom: new Date() });
  const after = await signIn();
  const keys = createRemoteJWKSet(new URL('/jwks', gateway.url));
  const [old, fresh] = await Promise.all([before, after].map((token) => jwtVerify(token, keys)));
  expect(fresh!.protectedHeader.kid).toBe(kid);
  expect(old!.protectedHeader.kid).not.toBe(kid);
});
