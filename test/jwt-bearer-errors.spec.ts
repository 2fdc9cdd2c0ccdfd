import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';
import { JWT_BEARER, bearerAssertion, bearerToken, operatorTokenOf } from './support/bearer.js';
import { TokenAnswer, postToken } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const now = (): number => Math.floor(Date.now() / 1000);
const device = () => gateway.device('camara-2.1');
const ofDevice = (): Record<string, unknown> => ({ sub: 'operatortoken:abc', mccmnc: device().mccmnc });
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];
const asked = (): number => gateway.simulated!.calls.of(device().operator, 'token');

/** The operator must not have heard of a request that we refuse. */
async function refusedUnasked(request: () => Promise<TokenAnswer>): Promise<unknown[]> {
  const before = asked();
  const answer = await request();
  expect(asked()).toBe(before);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(answer.body).every((name) => name.startsWith('error'))).toBe(true);
  return outcome(answer);
}

const audience = () => `${gateway.url}/token`;

async function claims(): Promise<Record<string, unknown>> {
  const good = await bearerAssertion(gateway.sandbox, { claims: ofDevice() });
  return JSON.parse(Buffer.from(good.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

describe('an assertion', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['lives more than 300 s', () => ({ iat: now() - 60, exp: now() + 241 })],
    ['ends more than 300 s from now', () => ({ iat: now(), exp: now() + 305 })],
    ['was made in the future', () => ({ iat: now() + 5, exp: now() + 60 })],
    ['has ended', () => ({ iat: now() - 60, exp: now() - 1 })],
    ['ends at 10¹²', () => ({ exp: 1e12 })],
    ['names the issuer as audience', () => ({ aud: gateway.url })],
    ['names another token endpoint', () => ({ aud: 'https://elsewhere.example/token' })],
    ['names one audience in a list', () => ({ aud: [audience()] })],
    ['names two audiences', () => ({ aud: [audience(), 'https://elsewhere.example'] })],
    ['has no sub', () => ({ sub: undefined })],
    ['has no aud', () => ({ aud: undefined })],
    ['has no exp', () => ({ exp: undefined })],
    ['has no iat', () => ({ iat: undefined })],
    ['has no jti', () => ({ jti: undefined })],
    ['has an empty jti', () => ({ jti: '' })],
    ['has a jti of 300 characters', () => ({ jti: 'x'.repeat(300) })],
    ['has no scope', () => ({ scope: undefined })],
    ['has a list of scopes', () => ({ scope: ['dpv:FraudPreventionAndDetection'] })],
    ['claims a number', () => ({ sub: `tel:${device().phoneNumber}` })],
    ['claims an address', () => ({ sub: `ipport:${device().ip}` })],
    ['claims nothing', () => ({ sub: 'operatortoken:' })],
    ['holds a binary token', () => ({ sub: 'operatortoken:\u0000\u00ff' })],
    ['holds a token in two lines', () => ({ sub: 'operatortoken:a\nb' })],
    ['holds a token of 4097 characters', () => ({ sub: `operatortoken:${'x'.repeat(4097)}` })],
    ['holds a token of 16 KiB', () => ({ sub: `operatortoken:${'x'.repeat(16_384)}` })],
    ['names no operator', () => ({ mccmnc: undefined })],
    ['names a network of nobody', () => ({ mccmnc: '00101' })],
    ['names a network by its name', () => ({ mccmnc: 'Telco' })],
    ['names an operator that is not there', () => ({ mccmnc: undefined, operator_id: 'nobody' })],
    [
      'names an operator without this flow',
      () => ({ mccmnc: undefined, operator_id: gateway.device('camara-1.0').operator }),
    ],
  ])('that %s is invalid_grant, and the operator is not asked', async (_what, claims) => {
    const request = () => bearerToken(gateway.sandbox, { ...ofDevice(), ...claims() });
    expect(await refusedUnasked(request)).toEqual([400, 'invalid_grant']);
  });

  test.each([
    ['two purposes', 'dpv:A dpv:B number-verification:verify'],
    ['no purpose', 'number-verification:verify'],
    ['no API', 'dpv:FraudPreventionAndDetection'],
    ['an API of nobody', 'dpv:FraudPreventionAndDetection sim-swap'],
    ['a purpose without subscription', 'dpv:Marketing number-verification:verify'],
  ])('for %s is invalid_scope, and the operator is not asked', async (_what, scope) => {
    const request = () => bearerToken(gateway.sandbox, { ...ofDevice(), scope });
    expect(await refusedUnasked(request)).toEqual([400, 'invalid_scope']);
  });

  test.each<[string, () => Promise<string>]>([
    ['unsigned', async () => new UnsecuredJWT(await claims()).encode()],
    [
      'signed by a stranger who brings the key along',
      async () => {
        const { privateKey, publicKey } = await generateKeyPair('ES256');
        const header = { alg: 'ES256', kid: gateway.sandbox.application.privateKeyJwk.kid! };
        return new SignJWT(await claims())
          .setProtectedHeader({ ...header, jwk: await exportJWK(publicKey) })
          .sign(privateKey);
      },
    ],
    [
      'signed by the public key as a secret',
      async () => {
        const { x } = gateway.sandbox.application.privateKeyJwk;
        const secret = createSecretKey(Buffer.from(x!, 'base64url'));
        return new SignJWT(await claims()).setProtectedHeader({ alg: 'HS256' }).sign(secret);
      },
    ],
    ['cut off', async () => (await bearerAssertion(gateway.sandbox, { claims: ofDevice() })).slice(0, -4)],
    ['no JWT', () => Promise.resolve('none')],
    ['encrypted', () => Promise.resolve('e30.e30.e30.e30.e30')],
    ['an empty object', () => Promise.resolve('e30.e30.e30')],
  ])('that is %s opens nothing', async (_what, make) => {
    const assertion = await make();
    const request = () => postToken(gateway.sandbox, { grant_type: JWT_BEARER, assertion });
    const [status, error] = await refusedUnasked(request);
    expect([400, 401]).toContain(status);
    expect(['invalid_grant', 'invalid_client']).toContain(error);
  });

  test('of an unknown client is 401 invalid_client', async () => {
    expect(
      await refusedUnasked(() => bearerToken(gateway.sandbox, { ...ofDevice(), iss: 'unknown' })),
    ).toEqual([401, 'invalid_client']);
  });

  test.each([
    ['300 s to live', () => ({ iat: now(), exp: now() + 300 })],
    ['the name of its operator', () => ({ mccmnc: undefined, operator_id: device().operator })],
  ])('with %s is taken', async (_what, changed) => {
    const sub = `operatortoken:${await operatorTokenOf(device())}`;
    const answer = await bearerToken(gateway.sandbox, { ...ofDevice(), sub, ...changed() });
    expect(outcome(answer)).toEqual([200, undefined]);
  });
});
