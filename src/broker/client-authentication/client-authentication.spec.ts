import { KeyObject, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { jwtVerify } from 'jose';
import { Secret } from '../../contract/secret.js';
import { SigningKeys } from '../../grants/signing-keys.js';
import { Operator } from '../../operators/operator.js';
import { OperatorProofs } from './client-authentication.js';

const SERVER = { issuer: 'https://op.example', token_endpoint: 'https://op.example/oauth/token' };
const CLIENT_ID = 'asp-1';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const SECRETS = new Map([
  ['SHARED', new Secret('a b&c')],
  ['PEM', new Secret(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())],
]);

/** What a token request looks like once this operator's way of authentication has been added. */
async function request(
  client: object,
  auth: object = {},
  sealedCredential: string | null = null,
): Promise<{ body: URLSearchParams; headers: Headers }> {
  const keys = {
    current: (use: string) => ({ kid: use, privateKey: ec.privateKey }),
  } as unknown as SigningKeys;
  const operator = {
    id: 'op',
    auth: { redirectUriInTokenCall: true, client, ...auth },
  } as unknown as Operator;
  const [body, headers] = [
    new URLSearchParams({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: 'https://gw.example/cb',
    }),
    new Headers(),
  ];
  const vault = { open: (sealed: string, place: string) => `${sealed} of ${place}` };
  const proofs = new OperatorProofs(keys, vault, SECRETS);
  const registration = { id: '1', sealedCredential };
  await proofs.for(operator, registration)(SERVER, { client_id: CLIENT_ID }, body, headers);
  return { body, headers };
}

const claimsOf = async (jwt: string, key: KeyObject): Promise<Record<string, unknown>> =>
  (await jwtVerify(jwt, key)).payload;
const now = (): number => Math.floor(Date.now() / 1000);

describe('toward an operator we authenticate', () => {
  test.each([
    ['token_endpoint', SERVER.token_endpoint],
    ['issuer', SERVER.issuer],
  ])("by an assertion with one audience, its %s, and the operator's own key", async (audience, aud) => {
    const { body } = await request({ method: 'private_key_jwt', audience });
    const assertion = body.get('client_assertion')!;
    expect(JSON.parse(Buffer.from(assertion.split('.')[0]!, 'base64url').toString())).toMatchObject({
      alg: 'ES256',
      kid: 'operator:op',
    });
    const claims = await claimsOf(assertion, ec.publicKey);
    expect(claims).toMatchObject({ iss: CLIENT_ID, sub: CLIENT_ID, aud, jti: expect.any(String) });
    const [iat, exp] = [Number(claims['iat']), Number(claims['exp'])];
    expect(now() - iat).toBeGreaterThanOrEqual(10);
    expect(exp - iat).toBeLessThanOrEqual(300);
    expect((await request({ method: 'private_key_jwt', audience })).body.get('client_assertion')).not.toBe(
      assertion,
    );
  });

  test.each([
    ['form', 'asp%2D1:a+b%26c'],
    ['raw', 'asp-1:a b&c'],
  ])('by Basic credentials, %s', async (encoding, expected) => {
    const { headers, body } = await request({ method: 'client_secret_basic', encoding, secret: 'SHARED' });
    expect(Buffer.from(headers.get('authorization')!.slice('Basic '.length), 'base64').toString()).toBe(
      expected,
    );
    expect(body.has('client_secret')).toBe(false);
  });

  test('by a secret in the form', async () => {
    const { headers, body } = await request({
      method: 'client_secret_post',
      encoding: 'form',
      secret: 'SHARED',
    });
    expect([body.get('client_id'), body.get('client_secret')]).toEqual([CLIENT_ID, 'a b&c']);
    expect(headers.has('authorization')).toBe(false);
  });

  test("by the registration's own secret before the one of the manifest, and never in place of a key", async () => {
    const own = 'sealed of operator_registrations|1|credential';
    const post = { method: 'client_secret_post', encoding: 'form', secret: 'SHARED' };
    expect((await request(post, {}, 'sealed')).body.get('client_secret')).toBe(own);
    expect((await request({ ...post, secret: 'MISSING' }, {}, 'sealed')).body.get('client_secret')).toBe(own);
    const basic = await request(
      { method: 'client_secret_basic', encoding: 'raw', secret: 'SHARED' },
      {},
      'sealed',
    );
    const sent = basic.headers.get('authorization')!.slice('Basic '.length);
    expect(Buffer.from(sent, 'base64').toString()).toBe(`${CLIENT_ID}:${own}`);
    const byKey = await request({ method: 'private_key_jwt', audience: 'issuer' }, {}, 'sealed');
    expect(byKey.body.has('client_secret')).toBe(false);
  });

  test('by an application JWT as Bearer', async () => {
    const { headers, body } = await request({ method: 'application_jwt', secret: 'PEM' });
    const claims = await claimsOf(headers.get('authorization')!.slice('Bearer '.length), rsa.publicKey);
    expect(claims).toMatchObject({ application_id: CLIENT_ID, jti: expect.any(String) });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBeLessThanOrEqual(900);
    expect([...body.keys()]).toEqual(['grant_type', 'code', 'redirect_uri']);
  });

  test('without redirect_uri where the operator wants none', async () => {
    const { body } = await request(
      { method: 'application_jwt', secret: 'PEM' },
      { redirectUriInTokenCall: false },
    );
    expect([...body.keys()]).toEqual(['grant_type', 'code']);
  });

  test('never with a secret that is not there', async () => {
    await expect(request({ method: 'client_secret_post', secret: 'MISSING' })).rejects.toThrow(
      'OPERATOR_SECRET_MISSING',
    );
  });
});
