import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { Grants } from '../src/grants/grants.js';
import { Tenants } from '../src/tenants/tenants.js';
import { PURPOSE } from './support/bearer.js';
import { TokenAnswer, assertionWith, postToken } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { tokenFor } from './support/tokens.js';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());
afterEach(() => agree(['authorization_code'], ['operatortoken']));

const device = () => gateway.device('camara-2.1');
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];
const asked = (): number =>
  gateway.simulated!.calls.of(device().operator, 'bc-authorize') +
  gateway.simulated!.calls.of(device().operator, 'token');

/** What an operator of the gateway agrees with an ASP, by hand: there is no other way yet. */
async function agree(grantTypes: string[], hints: string[]): Promise<void> {
  const database = gateway.app.get(Database, { strict: false });
  await database
    .pool('admin')
    .query('UPDATE subscriptions SET grant_types = $1, allowed_hints = $2', [grantTypes, hints]);
  await gateway.app.get(Tenants, { strict: false }).load();
}

async function ask(form: Record<string, string | undefined>): Promise<TokenAnswer> {
  const authentication = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertionWith(gateway.sandbox),
  };
  return postToken(gateway.sandbox, { scope: `${PURPOSE} ${VERIFY_SCOPE}`, ...authentication, ...form });
}

const verify = async (token: unknown): Promise<unknown> => {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` },
    body: JSON.stringify({ phoneNumber: device().phoneNumber }),
  });
  return answer.json();
};

const byAddress = (login_hint?: string, more: Record<string, string | undefined> = {}) =>
  ask({ grant_type: 'client_credentials', login_hint: login_hint ?? `ipport:${device().ip}`, ...more });

describe('client credentials with an address', () => {
  test.each([
    ['nothing of it', ['authorization_code'], ['operatortoken'], 'unauthorized_client'],
    ['the hint alone', ['authorization_code'], ['ipport'], 'unauthorized_client'],
    ['the grant alone', ['client_credentials'], ['operatortoken'], 'invalid_request'],
  ])(
    'is refused where the subscription has %s, and no operator is asked',
    async (_what, grants, hints, error) => {
      await agree(grants, hints);
      const before = asked();
      expect(outcome(await byAddress())).toEqual([400, error]);
      expect(asked()).toBe(before);
    },
  );

  test('becomes a token for the device at that address', async () => {
    await agree(['client_credentials'], ['ipport']);
    const { status, body } = await byAddress(`ipport:${device().ip}:4711`);
    expect([status, body['token_type'], body['refresh_token']]).toEqual([200, 'Bearer', undefined]);
    expect(body['expires_in']).toBeLessThanOrEqual(295);
    expect(await verify(body['access_token'])).toEqual({ devicePhoneNumberVerified: true });
  });

  test.each([
    ['an address of no operator', 'ipport:192.0.2.1', 'invalid_grant'],
    ['an operator that takes no addresses', 'ipport:10.34.0.1', 'invalid_grant'],
    ['a number', 'tel:+99003500001', 'invalid_request'],
    ['a name', 'ipport:device.example', 'invalid_request'],
    ['nothing', '', 'invalid_request'],
  ])('with %s opens nothing', async (_what, hint, error) => {
    await agree(['client_credentials'], ['ipport']);
    expect(outcome(await byAddress(hint))).toEqual([400, error]);
  });

  test('without scope is invalid_request, without client authentication 401', async () => {
    await agree(['client_credentials'], ['ipport']);
    expect(outcome(await byAddress(undefined, { scope: undefined }))).toEqual([400, 'invalid_request']);
    const bare = { client_assertion: undefined, client_id: gateway.sandbox.application.clientId };
    expect(outcome(await byAddress(undefined, bare))).toEqual([401, 'invalid_client']);
  });
});

const exchange = (subject_token: string, more: Record<string, string | undefined> = {}) =>
  ask({
    grant_type: TOKEN_EXCHANGE,
    subject_token,
    subject_token_type: ACCESS_TOKEN,
    audience: device().operator,
    expires_in: '200',
    ...more,
  });

/** A token of the operator's own, which an ASP may have from elsewhere. */
const operatorsOwn = async (): Promise<string> => {
  await agree(['authorization_code'], ['operatortoken']);
  const ours = await tokenFor(gateway.sandbox, device().ip);
  const grants = gateway.app.get(Grants, { strict: false });
  const { operatorToken } = grants.open(`Bearer ${ours}`, VERIFY_SCOPE);
  await agree([TOKEN_EXCHANGE], ['operatortoken']);
  return operatorToken;
};

describe('token exchange', () => {
  test('is refused where it was not agreed', async () => {
    expect(outcome(await exchange(randomUUID()))).toEqual([400, 'unauthorized_client']);
  });

  test("puts the operator's token into one of ours, once", async () => {
    const token = await operatorsOwn();
    const { status, body } = await exchange(token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', issued_token_type: ACCESS_TOKEN });
    expect([194, 195]).toContain(body['expires_in']);
    expect(await verify(body['access_token'])).toEqual({ devicePhoneNumberVerified: true });
    expect(outcome(await exchange(token))).toEqual([400, 'invalid_grant']);
  });

  test('a hundred times at once gives one token', async () => {
    const token = await operatorsOwn();
    const answers = await Promise.all(Array.from({ length: 100 }, () => exchange(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('believes no lifetime beyond 300 s, and says nothing of how the user was authenticated', async () => {
    await agree([TOKEN_EXCHANGE], ['operatortoken']);
    const { body } = await exchange(randomUUID(), { expires_in: '86400' });
    expect([294, 295]).toContain(body['expires_in']);
    const grants = gateway.app.get(Grants, { strict: false });
    expect(grants.open(`Bearer ${String(body['access_token'])}`, VERIFY_SCOPE).amr).toEqual([]);
  });

  test.each([
    [
      'of another type',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      'invalid_request',
    ],
    ['into another type', { requested_token_type: 'urn:x' }, 'invalid_request'],
    ['for an actor', { actor_token: 'x' }, 'invalid_request'],
    ['of no operator', { audience: undefined }, 'invalid_request'],
    ['of an unknown operator', { audience: 'nobody' }, 'invalid_grant'],
    ['without lifetime', { expires_in: undefined }, 'invalid_request'],
    ['with a lifetime of words', { expires_in: 'soon' }, 'invalid_request'],
    ['that ends in 5 s', { expires_in: '5' }, 'invalid_grant'],
    ['without scope', { scope: undefined }, 'invalid_request'],
    ['for another purpose', { scope: `dpv:Marketing ${VERIFY_SCOPE}` }, 'invalid_scope'],
    ['that cannot be a token', { subject_token: 'a b\r\nc' }, 'invalid_grant'],
    ['longer than any', { subject_token: 'x'.repeat(5_000) }, 'invalid_grant'],
  ])('of a token %s opens nothing', async (_what, change: Record<string, string | undefined>, error) => {
    await agree([TOKEN_EXCHANGE], ['operatortoken']);
    expect(outcome(await exchange(randomUUID(), change))).toEqual([400, error]);
  });
});

test('a raw token of the operator opens nothing at the API', async () => {
  expect(await verify('x'.repeat(200))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
});
