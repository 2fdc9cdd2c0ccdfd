import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { TokenAnswer, assertionWith, postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

let gateway: TestGateway;
let code: string;
let verifier: string;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

async function freshCode(): Promise<void> {
  const { authorizeUrl, verifier: kept } = beginSignIn(gateway.sandbox);
  const back = await followAsDevice(
    authorizeUrl,
    gateway.device('camara-2.0').ip,
    gateway.sandbox.application.redirectUri,
  );
  code = back.searchParams.get('code')!;
  verifier = kept;
}
beforeEach(freshCode);

/** Redeems the code with some parameters changed. */
async function redeem(change: Record<string, string | undefined> = {}): Promise<TokenAnswer> {
  const asp = gateway.sandbox;
  return postToken(asp, { ...(await redemption(asp, code, verifier)), ...change });
}
const now = (): number => Math.floor(Date.now() / 1000);
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];

const post = async (body: string, type: string): Promise<unknown[]> => {
  const answer = await fetch(`${gateway.url}/token`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  return [answer.status, ((await answer.json()) as { error: string }).error];
};

describe('a code', () => {
  test('redeemed a hundred times at once gives exactly one token', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['error'] === 'invalid_grant')).toHaveLength(99);
    expect(outcome(await redeem())).toEqual([400, 'invalid_grant']);
  });

  test.each([
    ['another verifier', { code_verifier: 'x'.repeat(43) }],
    ['no verifier', { code_verifier: undefined }],
    ['another redirect_uri', { redirect_uri: 'https://asp.example/other' }],
    ['another code', { code: 'x'.repeat(43) }],
  ])(
    'with %s is invalid_grant, and is not used up',
    async (_what, change: Record<string, string | undefined>) => {
      expect(outcome(await redeem(change))).toEqual([400, 'invalid_grant']);
      expect(outcome(await redeem())).toEqual([200, undefined]);
    },
  );
});

describe('client authentication', () => {
  test.each([
    ['is missing', { client_assertion: undefined, client_assertion_type: undefined }],
    ['is only a name', { client_assertion: undefined, client_assertion_type: undefined, client_id: 'ours' }],
    ['is not a JWT', { client_assertion: 'none' }],
    ['has no signature', { client_assertion: 'eyJhbGciOiJub25lIn0.e30.' }],
  ])('that %s is 401 invalid_client', async (_what, change: Record<string, string | undefined>) => {
    const clientId = change['client_id'] && gateway.sandbox.application.clientId;
    const answer = await redeem({ ...change, client_id: clientId });
    expect(outcome(answer)).toEqual([401, 'invalid_client']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test.each([
    ['names two audiences', () => ({ aud: [`${gateway.url}/token`, 'https://elsewhere.example'] })],
    ['names one audience in a list', () => ({ aud: [`${gateway.url}/token`] })],
    ['names another audience', () => ({ aud: 'https://elsewhere.example/token' })],
    ['ends more than 300 s from now', () => ({ iat: undefined, exp: now() + 310 })],
    ['lives more than 300 s', () => ({ iat: now() - 60, exp: now() + 250 })],
    ['was made in the future', () => ({ iat: now() + 30, exp: now() + 60 })],
    ['has ended', () => ({ iat: now() - 60, exp: now() - 1 })],
    ['has no jti', () => ({ jti: undefined })],
    ['has no exp', () => ({ exp: undefined })],
    ['is issued by another', () => ({ iss: 'another' })],
    ['is of an unknown client', () => ({ iss: 'unknown', sub: 'unknown' })],
  ])('that %s is 401 invalid_client', async (_what, change: () => Record<string, unknown>) => {
    const client_assertion = await assertionWith(gateway.sandbox, change());
    expect(outcome(await redeem({ client_assertion }))).toEqual([401, 'invalid_client']);
    expect(outcome(await redeem())).toEqual([200, undefined]);
  });

  test.each([
    ['the issuer as audience', () => ({ aud: gateway.url })],
    ['no iat', () => ({ iat: undefined })],
    ['300 s to live', () => ({ iat: now() - 1, exp: now() + 299 })],
  ])('with %s is accepted', async (_what, change: () => Record<string, unknown>) => {
    const client_assertion = await assertionWith(gateway.sandbox, change());
    expect(outcome(await redeem({ client_assertion }))).toEqual([200, undefined]);
  });

  test('by a key that is not registered is 401 invalid_client', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const { clientId, privateKeyJwk } = gateway.sandbox.application;
    const client_assertion = await new SignJWT({ jti: randomUUID(), jwk: await exportJWK(privateKey) })
      .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid! })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(`${gateway.url}/token`)
      .setExpirationTime('60s')
      .sign(privateKey);
    expect(outcome(await redeem({ client_assertion }))).toEqual([401, 'invalid_client']);
  });

  test('used twenty times at once is accepted exactly once', async () => {
    const client_assertion = await assertionWith(gateway.sandbox);
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem({ client_assertion })));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
    expect(outcome(await redeem({ client_assertion }))).toEqual([401, 'invalid_client']);
  });

  test('for a host that the request claims to be at opens nothing', async () => {
    const form = await redemption(gateway.sandbox, code, verifier);
    form['client_assertion'] = await assertionWith(gateway.sandbox, { aud: 'http://evil.example/token' });
    const body = new URLSearchParams(form as Record<string, string>).toString();
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${gateway.url}/token`, { method: 'POST', headers }, (answer) =>
        resolve(answer.resume().statusCode),
      );
      sent.on('error', reject).end(body);
    });
    expect(status).toBe(401);
  });
});

describe('a request', () => {
  test.each([
    ['refresh_token', 'unsupported_grant_type'],
    ['client_credentials', 'unauthorized_client'],
    ['urn:ietf:params:oauth:grant-type:token-exchange', 'unauthorized_client'],
    ['implicit', 'unsupported_grant_type'],
    ['password', 'unsupported_grant_type'],
  ])('with grant_type %s is %s', async (grant_type, error) => {
    expect(outcome(await redeem({ grant_type }))).toEqual([400, error]);
  });

  test('with a parameter twice is invalid_request', async () => {
    const form = new URLSearchParams(
      (await redemption(gateway.sandbox, code, verifier)) as Record<string, string>,
    );
    form.append('code', code);
    const answer = await fetch(`${gateway.url}/token`, { method: 'POST', body: form });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request' }),
    ]);
  });

  test('in JSON is 400, one of 64 KiB is 413, both OAuth-shaped', async () => {
    expect(await post('{}', 'application/json')).toEqual([400, 'invalid_request']);
    const long = `code=${'x'.repeat(65_536)}`;
    expect(await post(long, 'application/x-www-form-urlencoded')).toEqual([413, 'invalid_request']);
  });

  test('with a DPoP header is answered with a Bearer token', async () => {
    const form = await redemption(gateway.sandbox, code, verifier);
    const { status, body } = await postToken(gateway.sandbox, form, { dpop: 'e30.e30.e30' });
    expect([status, body['token_type']]).toEqual([200, 'Bearer']);
  });
});
