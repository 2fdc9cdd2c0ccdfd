import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { change, giveMember } from './support/admin-model.js';
import { TokenAnswer, assertionWith, postToken } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { Asp } from './support/tokens.js';

let gateway: TestGateway;
let member: { id: string; clientId: string };
/** The member, as the supporting code knows applications. */
let asMember: Asp;

beforeAll(async () => {
  gateway = await startTestGateway();
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  member = await giveMember(gateway, { keys: [{ ...(await exportJWK(publicKey)), kid: 'ci' }] });
  const privateKeyJwk: JWK = { ...(await exportJWK(privateKey)), kid: 'ci' };
  const { application, issuer } = gateway.sandbox;
  asMember = { issuer, application: { ...application, ...member, privateKeyJwk } };
});
afterAll(() => gateway?.close());

async function ask(asp: Asp, form: Record<string, string>, claims = {}): Promise<TokenAnswer> {
  return postToken(asp, {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertionWith(asp, claims),
    ...form,
  });
}
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];

test.each(['admin:read', 'admin:read admin:write'])(
  'a service with a key of its own gets a signed token for the admin API: %s',
  async (scope) => {
    const { status, body, headers } = await ask(asMember, { scope });
    expect([status, body['token_type'], body['expires_in'], body['scope']]).toEqual([
      200,
      'Bearer',
      600,
      scope,
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const keys = createRemoteJWKSet(new URL(`${gateway.url}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(String(body['access_token']), keys, {
      issuer: gateway.url,
      audience: `${gateway.url}/admin`,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    expect(protectedHeader.typ).toBe('at+jwt');
    expect(payload).toMatchObject({ sub: member.id, client_id: member.clientId, scope });
    expect(payload.exp! - payload.iat!).toBe(600);
    expect(payload.jti).toEqual(expect.any(String));
  },
);

test.each([
  '',
  'admin:everything',
  `dpv:FraudPreventionAndDetection ${VERIFY_SCOPE}`,
  `admin:read ${VERIFY_SCOPE}`,
])('it gets no other scopes: %j', async (scope) => {
  expect(outcome(await ask(asMember, { scope }))).toEqual([400, scope ? 'invalid_scope' : 'invalid_request']);
});

test('its assertion is good for one token', async () => {
  const jti = 'once-only';
  expect(outcome(await ask(asMember, { scope: 'admin:read' }, { jti }))).toEqual([200, undefined]);
  expect(outcome(await ask(asMember, { scope: 'admin:read' }, { jti }))).toEqual([401, 'invalid_client']);
});

test.each(['authorization_code', 'urn:openid:params:grant-type:ciba'])(
  'it has no other grant: %s',
  async (grant_type) => {
    expect(outcome(await ask(asMember, { grant_type, code: 'x', auth_req_id: 'x' }))[0]).toBe(400);
    const authorize = await fetch(
      `${gateway.url}/authorize?response_type=code&client_id=${member.clientId}&scope=openid`,
      { redirect: 'manual' },
    );
    expect(authorize.status).toBe(400);
  },
);

test('an application gets no token for the admin API, whatever it was agreed to', async () => {
  const asp = gateway.sandbox;
  expect(outcome(await ask(asp, { scope: 'admin:read' }))).toEqual([400, 'unauthorized_client']);
  await change(gateway, "UPDATE subscriptions SET grant_types = grant_types || '{client_credentials}'");
  expect(outcome(await ask(asp, { scope: 'admin:read' }))).toEqual([400, 'invalid_scope']);
});

test("its token opens nothing but the admin API, and an application's nothing of it", async () => {
  const { body } = await ask(asMember, { scope: 'admin:read' });
  const answer = await fetch(`${gateway.url}/number-verification/v2/device-phone-number`, {
    headers: { authorization: `Bearer ${String(body['access_token'])}` },
  });
  expect(answer.status).toBe(401);
  expect(decodeJwt(String(body['access_token'])).aud).toBe(`${gateway.url}/admin`);
});

test('once it is suspended it gets none', async () => {
  await change(gateway, "UPDATE members SET status = 'suspended'");
  expect(outcome(await ask(asMember, { scope: 'admin:read' }))).toEqual([401, 'invalid_client']);
});
