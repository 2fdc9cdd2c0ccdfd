import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { privateKeyJwk, publicJwk } from '../src/sandbox-ground.js';
import { AdminClient, partnerAdminOf } from './support/admin.js';
import { Asp, tokenFor } from './support/tokens.js';
import { TwoGateways, startTwoGateways } from './support/two-gateways.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';
const REDIRECT_URI = 'https://new-bank.example/callback';

let gateways: TwoGateways;
let admin: AdminClient;

beforeAll(async () => {
  gateways = await startTwoGateways(2);
  admin = await partnerAdminOf(gateways.sandbox);
}, 60_000);
afterAll(() => gateways.close());

const until = async (holds: () => Promise<boolean>, withinMs: number): Promise<number> => {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - startedAt;
};

test('an ASP is onboarded through the API alone, verifies a number, and is stopped everywhere within 2 s', async () => {
  const device = gateways.device('camara-2.1');
  const id = (answer: { status: number; body: Record<string, unknown> }): string => {
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body['id'] as string;
  };
  const jwk = privateKeyJwk();
  const tenant = id(await admin.post('tenants', { key: 'new-bank', name: 'New Bank' }));
  const created = await admin.post(`tenants/${tenant}/applications`, {
    name: 'New Bank App',
    redirectUris: [REDIRECT_URI],
    jwks: { keys: [publicJwk(jwk)] },
  });
  const application = id(created);
  const subscription = id(
    await admin.post(`tenants/${tenant}/subscriptions`, {
      applicationId: application,
      product: 'number-verification',
      purpose: PURPOSE,
      scopes: [VERIFY_SCOPE, SHARE_SCOPE],
      grantTypes: ['authorization_code'],
      legalBasis: 'dpv:LegitimateInterest',
      limits: { ratePerSecond: 100, burst: 100 },
    }),
  );
  const path = `subscriptions/${subscription}`;
  expect((await admin.change('POST', `${path}/accept-terms`, undefined, path)).body['status']).toBe(
    'pending',
  );
  expect((await admin.change('POST', `${path}/approve`, undefined, path)).body['status']).toBe('active');
  id(
    await admin.post(`operators/${device.operator}/registrations`, {
      applicationId: application,
      clientId: `at-operator-${randomUUID()}`,
      approval: 'approved',
    }),
  );

  const asp: Asp = {
    issuer: gateways.sandbox.issuer,
    application: {
      clientId: created.body['clientId'] as string,
      privateKeyJwk: jwk,
      redirectUri: REDIRECT_URI,
    },
  };
  const verify = async (at: string, token: string): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${at}/number-verification/v2/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ phoneNumber: device.phoneNumber }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  let token = '';
  await until(async () => {
    token = await tokenFor(asp, device.ip, { scope: `openid ${PURPOSE} ${VERIFY_SCOPE}` }).catch(() => '');
    return token !== '';
  }, 4_000);
  const [first, second] = gateways.processes.map(({ at }) => at) as [string, string];
  expect(await verify(second, token)).toEqual({ status: 200, body: { devicePhoneNumberVerified: true } });

  const unspent = [0, 1].map(() => tokenFor(asp, device.ip, { scope: `openid ${PURPOSE} ${VERIFY_SCOPE}` }));
  const tokens = await Promise.all(unspent);
  const suspendedAt = performance.now();
  await admin.change('POST', `tenants/${tenant}/suspend`, undefined, `tenants/${tenant}`);
  // The calls are made when the two seconds are over: each spends its token if it may.
  await new Promise((resolve) => setTimeout(resolve, 2_000 - (performance.now() - suspendedAt)));
  expect((await verify(first, tokens[0]!)).status).toBe(403);
  expect((await verify(second, tokens[1]!)).status).toBe(403);
}, 60_000);

test('the admin credential of the sandbox stands in its file', () => {
  expect(gateways.sandbox.admin).toMatchObject({
    scope: 'admin:read admin:write',
    clientId: expect.any(String),
  });
});
