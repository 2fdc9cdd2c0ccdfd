import { expect, test } from '@jest/globals';
import { AdapterFactory, Provider } from 'oidc-provider';
import { MemoryKeys } from '../../test/support/memory-keys.js';
import { VERIFY_SCOPE } from '../contract/number-verification.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { routeClaims } from './claims.js';
import { Grants } from './grants.js';
import { KeyRing } from './key-ring.js';
import { SigningKeys } from './signing-keys.js';

const ISSUER = 'https://gateway.example';
const AUDIENCE = `${ISSUER}/number-verification`;
const ROUTE = {
  tenantId: 'tenant-1',
  applicationId: 'application-1',
  subscriptionId: 'subscription-1',
  operatorId: 'operator-1',
  registrationId: 'registration-1',
  purpose: 'dpv:FraudPreventionAndDetection',
  amr: ['nba'],
  operatorToken: 'operator-token',
};

/** A JWT access token is never stored, so nothing here may be asked for anything. */
const nothingStored = (() => ({})) as unknown as AdapterFactory;

test('an access token minted by oidc-provider with our encryption and claims opens', async () => {
  const ring = new KeyRing(new MemoryKeys(), createLogger('silent'));
  await ring.ensure(['access-token', 'oidc']);
  const grants = new Grants(ring, ISSUER, new Metrics());
  const provider = new Provider(ISSUER, {
    adapter: nothingStored,
    jwks: { keys: new SigningKeys(ring).privateJwks('oidc').keys },
    cookies: { keys: ['unused'] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 300 },
    clients: [
      {
        client_id: 'client-1',
        redirect_uris: ['https://asp.example/callback'],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraTokenClaims: () => ({ ...routeClaims(ROUTE) }),
  });
  const token = new provider.AccessToken({
    client: (await provider.Client.find('client-1'))!,
    accountId: 'pairwise-1',
    grantId: 'grant-1',
    gty: 'authorization_code',
    scope: `dpv:FraudPreventionAndDetection ${VERIFY_SCOPE}`,
  });
  token.resourceServer = new provider.ResourceServer(AUDIENCE, {
    scope: VERIFY_SCOPE,
    accessTokenFormat: 'jwt',
    jwt: { sign: false, encrypt: grants.encryption() },
  });
  const minted = await token.save();
  const { jti, issuedAt, expiresAt, ...opened } = grants.open(`Bearer ${minted}`, VERIFY_SCOPE);
  expect(opened).toEqual({ ...ROUTE, clientId: 'client-1', subject: 'pairwise-1', scopes: [VERIFY_SCOPE] });
  expect(jti).toEqual(expect.any(String));
  expect(expiresAt - issuedAt).toBe(300);
});
