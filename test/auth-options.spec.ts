import { SignJWT, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const endpoint = (): string => `${gateway.url}/number-verification/auth-options`;

async function signature(change: Record<string, unknown> = {}): Promise<string> {
  const { clientId, privateKeyJwk } = gateway.sandbox.application;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: endpoint(), iat: now, exp: now + 60, ...change };
  if (claims.aud === 'several') Object.assign(claims, { aud: [endpoint(), 'https://elsewhere.example'] });
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: privateKeyJwk.kid! })
    .sign(await importJWK(privateKeyJwk, 'ES256'));
}

async function ask(
  body: object | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string | null; body: Record<string, unknown> }> {
  const answer = await fetch(endpoint(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: (await answer.json()) as Record<string, unknown>,
  };
}

describe('authentication options', () => {
  it('name the operator of an address, its operations and the flows it has', async () => {
    const { ip, operator } = gateway.device('camara-1.0');
    const answer = await ask({ ip });
    expect(answer).toMatchObject({
      status: 200,
      type: 'application/json',
      body: {
        covered: true,
        operator: { id: operator },
        operations: ['verify', 'share'],
        options: [{ grantType: 'authorization_code', mobileNetworkRequired: true }],
      },
    });
  });

  it('say that a TS.43 token needs no mobile network, where the operator takes one', async () => {
    const { body } = await ask({ ip: gateway.device('camara-2.1').ip });
    expect(body['options']).toContainEqual({
      grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      mobileNetworkRequired: false,
    });
  });

  it('name the operator of a network code', async () => {
    const { operator, mccmnc } = gateway.device('camara-2.0');
    expect((await ask({ mccmnc })).body).toMatchObject({ covered: true, operator: { id: operator } });
  });

  it('leave out what the operator does not have', async () => {
    const { body } = await ask({ ip: gateway.device('vonage-v031').ip });
    expect(body['operations']).toEqual(['verify']);
  });

  it('say not_covered for a device on Wi-Fi, before a redirect is opened in vain', async () => {
    expect(await ask({ ip: '192.0.2.10' })).toMatchObject({
      status: 200,
      body: { covered: false, reason: 'not_covered' },
    });
  });

  it('of a phone number are told to a signing application only', async () => {
    const { phoneNumber } = gateway.device('camara-2.1');
    expect(await ask({ phoneNumber })).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    const signed = await ask({ phoneNumber }, { authorization: `Bearer ${await signature()}` });
    expect(signed).toMatchObject({ status: 200, body: { covered: false, reason: 'not_covered' } });
  });

  it.each([
    ['for another URL', { aud: 'https://elsewhere.example' }],
    ['that has ended', { exp: 1 }],
    ['for several audiences', { aud: 'several' }],
    ['that lives too long', { exp: Math.floor(Date.now() / 1000) + 400 }],
    ['of somebody else', { sub: 'another' }],
  ])('refuse a signature %s, whatever is asked', async (_case, change) => {
    const { ip } = gateway.device('camara-2.1');
    const answer = await ask({ ip }, { authorization: `Bearer ${await signature(change)}` });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['nothing', {}],
    ['two at once', { ip: '10.35.0.1', mccmnc: '99935' }],
    ['an unknown property', { ip: '10.35.0.1', operator: 'x' }],
    ['no address', { ip: '10.35.0' }],
    ['no JSON', '{'],
    ['a key twice', '{"ip":"10.35.0.1","ip":"10.36.0.1"}'],
  ])('refuse %s', async (_case, body) => {
    expect(await ask(body)).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
  });

  it('refuse other media types and methods', async () => {
    expect((await ask('ip=10.35.0.1', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask({ ip: '10.35.0.1' }, { accept: 'text/html' })).status).toBe(406);
    expect((await fetch(endpoint())).status).toBe(405);
  });
});
