import { randomUUID } from 'node:crypto';
import { JWK, exportJWK, generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Tenants } from '../src/tenants/tenants.js';
import { JWT_BEARER, bearerToken, operatorTokenOf } from './support/bearer.js';
import { TokenAnswer, assertionWith } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

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

const post = async (body: URLSearchParams) => {
  const answer = await fetch(`${gateway.url}/token`, { method: 'POST', body });
  return [answer.status, ((await answer.json()) as { error: string }).error];
};

describe('beside the assertion', () => {
  test.each<[string, () => Promise<Record<string, string>>, [number, string]]>([
    ['a scope', () => Promise.resolve({ scope: 'openid' }), [400, 'invalid_request']],
    [
      'a client assertion',
      async () => ({ client_assertion: await assertionWith(gateway.sandbox) }),
      [400, 'invalid_request'],
    ],
    ['a client secret', () => Promise.resolve({ client_secret: 'x' }), [400, 'invalid_request']],
    ['the name of another client', () => Promise.resolve({ client_id: 'another' }), [401, 'invalid_client']],
  ])('%s is refused', async (_what, form, expected) => {
    const more = await form();
    const request = () => bearerToken(gateway.sandbox, ofDevice(), more);
    expect(await refusedUnasked(request)).toEqual(expected);
  });

  test('the client’s own name is fine', async () => {
    const sub = `operatortoken:${await operatorTokenOf(device())}`;
    const { clientId: client_id } = gateway.sandbox.application;
    const answer = await bearerToken(gateway.sandbox, { ...ofDevice(), sub }, { client_id });
    expect(outcome(answer)).toEqual([200, undefined]);
  });

  test('a second assertion is invalid_request, one of 64 KiB is 413', async () => {
    const form = new URLSearchParams({ grant_type: JWT_BEARER, assertion: 'a' });
    form.append('assertion', 'b');
    expect(await post(form)).toEqual([400, 'invalid_request']);
    const long = new URLSearchParams({ grant_type: JWT_BEARER, assertion: 'x'.repeat(65_536) });
    expect(await post(long)).toEqual([413, 'invalid_request']);
  });
});

describe('a TS.43 token', () => {
  test('that the operator does not know is invalid_grant, in words of ours', async () => {
    const answer = await bearerToken(gateway.sandbox, {
      ...ofDevice(),
      sub: `operatortoken:${randomUUID()}`,
    });
    expect(outcome(answer)).toEqual([400, 'invalid_grant']);
    expect(answer.body['error_description']).toBe('the operator refused the grant');
  });
});

const change = async (sql: string): Promise<void> => {
  await gateway.app.get(Database, { strict: false }).pool('admin').query(sql);
  await gateway.app.get(Tenants, { strict: false }).load();
};

const byNumber = () => bearerToken(gateway.sandbox, { ...ofDevice(), sub: `tel:${device().phoneNumber}` });

describe('what was not agreed at onboarding', () => {
  afterEach(() =>
    change(`UPDATE subscriptions SET status = 'active',
      grant_types = '{authorization_code,${JWT_BEARER}}', allowed_hints = '{operatortoken}'`),
  );

  test('this flow is unauthorized_client', async () => {
    await change("UPDATE subscriptions SET grant_types = '{authorization_code}'");
    expect(await refusedUnasked(() => bearerToken(gateway.sandbox, ofDevice()))).toEqual([
      400,
      'unauthorized_client',
    ]);
  });

  test('a number as the subject is passed on only where the subscription has it', async () => {
    expect(await refusedUnasked(byNumber)).toEqual([400, 'invalid_grant']);
    await change("UPDATE subscriptions SET allowed_hints = '{operatortoken,tel}'");
    const before = asked();
    // The operator has the last word, and takes none.
    expect(outcome(await byNumber())).toEqual([400, 'invalid_grant']);
    expect(asked()).toBe(before + 1);
  });

  test('a suspended subscription is invalid_scope', async () => {
    await change("UPDATE subscriptions SET status = 'suspended'");
    expect(await refusedUnasked(() => bearerToken(gateway.sandbox, ofDevice()))).toEqual([
      400,
      'invalid_scope',
    ]);
  });

  test('an operator that has withdrawn its approval is invalid_grant', async () => {
    await change("UPDATE operator_registrations SET approval = 'rejected'");
    expect(await refusedUnasked(() => bearerToken(gateway.sandbox, ofDevice()))).toEqual([
      400,
      'invalid_grant',
    ]);
    await change("UPDATE operator_registrations SET approval = 'approved'");
  });
});

test('an assertion by either of two keys without a kid is taken, as it must be while keys are changed', async () => {
  const { privateKeyJwk } = gateway.sandbox.application;
  const { d: _private, ...first } = privateKeyJwk;
  const second = await generateKeyPair('ES256', { extractable: true });
  const pool = gateway.app.get(Database, { strict: false }).pool('admin');
  const register = async (keys: JWK[]): Promise<void> => {
    await pool.query('UPDATE applications SET jwks = $1', [{ keys }]);
    await gateway.app.get(Tenants, { strict: false }).load();
  };
  await register([{ ...first, kid: undefined }, await exportJWK(second.publicKey)]);
  try {
    for (const key of [privateKeyJwk, await exportJWK(second.privateKey)]) {
      const sub = `operatortoken:${await operatorTokenOf(device())}`;
      const application = { ...gateway.sandbox.application, privateKeyJwk: { ...key, kid: undefined } };
      const answer = await bearerToken({ ...gateway.sandbox, application }, { ...ofDevice(), sub });
      expect(outcome(answer)).toEqual([200, undefined]);
    }
  } finally {
    await register([first]);
  }
});
