import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { Tenants } from '../src/tenants/tenants.js';
import { es256 } from './support/forge.js';
import { goodClientAssertion } from './support/good-jwts.js';
import { TokenAnswer, postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ LOG_LEVEL: 'silent' });
});
afterAll(() => gateway?.close());

async function endOf(extra: Record<string, string | undefined> = {}): Promise<URLSearchParams> {
  const { authorizeUrl } = beginSignIn(gateway.sandbox, extra);
  const { ip } = gateway.device('camara-2.1');
  return (await followAsDevice(authorizeUrl, ip, gateway.sandbox.application.redirectUri)).searchParams;
}

/** The whole sign-in. @param form of the token request, beside the right one */
async function signIn(
  extra: Record<string, string | undefined> = {},
  form: Record<string, string | undefined> = {},
): Promise<TokenAnswer> {
  const asp = gateway.sandbox;
  const { authorizeUrl, verifier } = beginSignIn(asp, extra);
  const { ip } = gateway.device('camara-2.1');
  const back = await followAsDevice(authorizeUrl, ip, asp.application.redirectUri);
  const right = await redemption(asp, back.searchParams.get('code')!, verifier);
  return postToken(asp, { ...right, ...form });
}

describe('a client assertion', () => {
  test.each(['JWT', 'client-authentication+jwt'])('of type %s is accepted', async (typ) => {
    const { header, claims, key } = goodClientAssertion(gateway.sandbox, '/token');
    const { status } = await signIn({}, { client_assertion: es256({ ...header, typ }, claims(), key) });
    expect(status).toBe(200);
  });

  test.each([
    ['our own id_token', 'id_token'],
    ['our own access token', 'access_token'],
  ])('that is %s is 401 invalid_client', async (_what, name) => {
    const { body } = await signIn();
    const answer = await signIn({}, { client_assertion: String(body[name]) });
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
  });

  test('is the only proof: with Basic credentials beside it nothing is opened', async () => {
    const headers = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
    const answer = await postToken(gateway.sandbox, await redemption(gateway.sandbox, 'x', 'y'), headers);
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request']);
  });
});

describe('the flow that was agreed at onboarding', () => {
  const agree = async (grantTypes: string): Promise<void> => {
    const pool = gateway.app.get(Database, { strict: false }).pool('admin');
    await pool.query('UPDATE subscriptions SET grant_types = $1', [grantTypes]);
    await gateway.app.get(Tenants, { strict: false }).load();
  };

  test('is the only one: authorization code without it is unauthorized_client', async () => {
    const pool = gateway.app.get(Database, { strict: false }).pool('admin');
    const { rows } = await pool.query<{ agreed: string }>(
      'SELECT grant_types::text agreed FROM subscriptions',
    );
    await agree('{client_credentials}');
    expect((await endOf()).get('error')).toBe('unauthorized_client');
    await agree(rows[0]!.agreed);
    expect((await endOf()).get('error')).toBeNull();
  });

  test('covers one purpose: a scope of another is invalid_scope', async () => {
    const back = await endOf({ scope: `openid dpv:ServiceProvision ${VERIFY_SCOPE} ${SHARE_SCOPE}` });
    expect(back.get('error')).toBe('invalid_scope');
  });
});

describe('an id_token', () => {
  test('is for this client, lives 300 s at most and holds no more than its subject', async () => {
    const { body } = await signIn({ scope: `openid ${PURPOSE} ${VERIFY_SCOPE}` });
    const { aud, iat, exp, ...rest } = decodeJwt(String(body['id_token']));
    expect(aud).toBe(gateway.sandbox.application.clientId);
    expect(exp! - iat!).toBeLessThanOrEqual(300);
    expect(Object.keys(rest).filter((name) => !['iss', 'sub', 'nonce', 'at_hash'].includes(name))).toEqual(
      [],
    );
  });
});

describe('Sender-Constrained Tokens', () => {
  test('are not offered, and a proof at the API does no harm', async () => {
    const { body } = await signIn({}, {});
    const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${String(body['access_token'])}`,
        'content-type': 'application/json',
        dpop: 'e30.e30.e30',
      },
      body: JSON.stringify({ phoneNumber: gateway.device('camara-2.1').phoneNumber }),
    });
    expect(answer.status).toBe(200);
    const discovery = await fetch(`${gateway.url}/.well-known/openid-configuration`);
    expect(Object.keys((await discovery.json()) as object).filter((name) => name.includes('dpop'))).toEqual(
      [],
    );
  });
});
