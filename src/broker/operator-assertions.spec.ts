import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { simulated } from '../../test/support/simulated-operators.js';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { Operator } from '../operators/operator.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Registration } from '../tenants/snapshot.js';
import { Upstream } from '../upstream/upstream.js';
import { OperatorProofs } from './client-authentication/client-authentication.js';
import { OperatorAssertions } from './operator-assertions.js';
import { OperatorClients } from './operator-clients.js';
import { OperatorServers } from './operator-servers.js';
import { OperatorToken } from './operator-tokens.js';
import { Order } from './orders.js';

const ISSUER = 'https://idp.op.example';
const ENDPOINTS = { authorization: `${ISSUER}/authorize`, token: `${ISSUER}/oauth/token`, issuer: ISSUER };
const SUBJECT = 'operatortoken:ts43';
const ORDER: Order = {
  tenantId: 't',
  applicationId: 'a',
  subscriptionId: 's',
  purpose: 'dpv:FraudPreventionAndDetection',
  scopes: [VERIFY_SCOPE, SHARE_SCOPE],
  countries: [],
  allowedHints: ['operatortoken'],
};
const REGISTRATION = { id: 'r', clientId: 'asp-at-op' } as Registration;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let requests: { url: string; form: URLSearchParams; headers: Headers }[];
let answer: () => Response;
beforeEach(() => {
  requests = [];
  answer = () => Response.json({ access_token: 'opaque', token_type: 'bearer', expires_in: '120' });
});

/** What openid-client sends by the operators' door; nothing leaves the process. */
const door = (input: string, init?: RequestInit): Promise<Response> => {
  const form = new URLSearchParams(init?.body as URLSearchParams);
  requests.push({ url: input, form, headers: new Headers(init?.headers) });
  return Promise.resolve(answer());
};

function redeem(auth: object = {}): Promise<OperatorToken> {
  const known = simulated('camara-2.1', { auth });
  const operator: Operator = { ...known, auth: { ...known.auth, endpoints: ENDPOINTS } };
  const upstream = { fetch: () => door } as unknown as Upstream;
  const keys = {
    current: (use: string) => ({ kid: use, alg: 'ES256', privateKey }),
  } as unknown as SigningKeys;
  const metrics = new Metrics();
  const clients = new OperatorClients(
    new OperatorServers(upstream, metrics.broker, createLogger('silent')),
    upstream,
    new OperatorProofs(keys, { open: () => '' }, new Map()),
  );
  const assertions = new OperatorAssertions(clients, keys, metrics);
  return assertions.redeem({ operator, registration: REGISTRATION }, SUBJECT, ORDER);
}

describe('a TS.43 token goes to its operator', () => {
  test('in one request to the endpoint of the manifest, which nobody had to discover', async () => {
    await redeem();
    expect(requests.map(({ url }) => url)).toEqual([ENDPOINTS.token]);
    // The assertion is all: no client_id, no client_assertion, no scope, no Authorization.
    expect([...requests[0]!.form.keys()].sort()).toEqual(['assertion', 'grant_type']);
    expect(requests[0]!.headers.has('authorization')).toBe(false);
  });

  test.each([
    ['token_endpoint', ENDPOINTS.token],
    ['issuer', ISSUER],
  ])("in an assertion of ours for its %s alone, by the operator's own key", async (audience, aud) => {
    await redeem({ client: { method: 'private_key_jwt', audience } });
    const assertion = requests[0]!.form.get('assertion')!;
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES256', kid: 'operator:op-4' });
    const { payload } = await jwtVerify(assertion, publicKey, { audience: aud });
    expect(payload).toMatchObject({ iss: 'asp-at-op', sub: SUBJECT, aud, jti: expect.any(String) });
    const { iat = 0, exp = 0 } = payload;
    expect(Date.now() / 1000 - iat).toBeGreaterThanOrEqual(10);
    expect(exp - iat).toBeLessThanOrEqual(300);
  });

  test.each([
    ['separate', `dpv:FraudPreventionAndDetection ${VERIFY_SCOPE} ${SHARE_SCOPE}`],
    [
      'joined',
      `dpv:FraudPreventionAndDetection#${VERIFY_SCOPE} dpv:FraudPreventionAndDetection#${SHARE_SCOPE}`,
    ],
    ['bare', `${VERIFY_SCOPE} ${SHARE_SCOPE}`],
  ])('with the scope in its %s form, and no openid', async (scopeForm, scope) => {
    await redeem({ scopeForm });
    const { payload } = await jwtVerify(requests[0]!.form.get('assertion')!, publicKey);
    expect(payload['scope']).toBe(scope);
  });

  test('never in the same assertion twice', async () => {
    await redeem();
    await redeem();
    const [one, other] = requests.map(({ form }) => form.get('assertion'));
    expect(one).not.toBe(other);
  });

  test.each([
    ['500', () => new Response('', { status: 500 })],
    ['429', () => new Response('', { status: 429 })],
    ['nothing that can be read', () => new Response('<html>')],
    ['invalid_grant', () => Response.json({ error: 'invalid_grant' }, { status: 400 })],
  ])('once, also when the answer is %s', async (_what, given) => {
    answer = given;
    await expect(redeem()).rejects.toThrow();
    expect(requests).toHaveLength(1);
  });

  test('and what comes back is its token, by the SIM, for as long as it says', async () => {
    const { token, amr, subject, endsAt } = await redeem();
    expect([token, amr, subject]).toEqual(['opaque', ['sim'], undefined]);
    expect(endsAt - Date.now() / 1000).toBeGreaterThan(115);
    expect(endsAt - Date.now() / 1000).toBeLessThanOrEqual(120);
  });

  test('and a token that is too long for a header of ours is refused', async () => {
    answer = () => Response.json({ access_token: 'x'.repeat(4_501), token_type: 'bearer' });
    await expect(redeem()).rejects.toThrow('operatorMisbehaved');
  });
});
