import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CryptoKey, decodeJwt, importJWK } from 'jose';
import {
  PrivateKeyJwt,
  allowInsecureRequests,
  discovery,
  enableNonRepudiationChecks,
  initiateBackchannelAuthentication,
  modifyAssertion,
  pollBackchannelAuthenticationGrant,
} from 'openid-client';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { Grants } from '../src/grants/grants.js';
import { operatorTokenOf } from './support/bearer.js';
import { PURPOSE, askFor, bcAuthorize, poll } from './support/ciba.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const device = () => gateway.device('camara-2.1');
const sandboxCalls = (endpoint: 'bc-authorize' | 'token'): number =>
  gateway.simulated!.calls.of(device().operator, endpoint);

async function begun(extra: Record<string, string | undefined> = {}, ip?: string): Promise<unknown> {
  const { status, body } = await bcAuthorize(gateway.sandbox, { ...(await askFor(device(), ip)), ...extra });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body['auth_req_id'];
}
async function verify(token: string, phoneNumber: string): Promise<unknown> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber }),
  });
  return answer.json();
}

describe('an application that has a TS.43 token', () => {
  test.each(['camara-2.0', 'camara-2.1'])(
    'finds a token at its first poll, and may make one call with it (%s)',
    async (dialect) => {
      const asked = gateway.device(dialect);
      const { status, headers, body } = await bcAuthorize(gateway.sandbox, await askFor(asked));
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(body).toEqual({
        auth_req_id: expect.stringMatching(/^[\w-]{43}$/),
        expires_in: 120,
        interval: 2,
      });
      const answer = await poll(gateway.sandbox, body['auth_req_id']);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(answer.body).toEqual({
        access_token: expect.any(String),
        id_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      });
      expect(answer.body['expires_in']).toBeGreaterThan(280);
      expect(answer.body['expires_in']).toBeLessThanOrEqual(295);
      const token = String(answer.body['access_token']);
      const grant = gateway.app.get(Grants, { strict: false }).open(`Bearer ${token}`, VERIFY_SCOPE);
      expect(grant).toMatchObject({ operatorId: asked.operator, purpose: PURPOSE, amr: ['sim'] });
      expect(await verify(token, asked.phoneNumber)).toEqual({ devicePhoneNumberVerified: true });
      expect(await verify(token, asked.phoneNumber)).toMatchObject({ status: 401 });
    },
  );

  test('gets no id_token when it does not ask for openid', async () => {
    const { status, body } = await poll(
      gateway.sandbox,
      await begun({ scope: `${PURPOSE} ${VERIFY_SCOPE}` }),
    );
    expect([status, body['id_token'], body['scope']]).toEqual([200, undefined, `${PURPOSE} ${VERIFY_SCOPE}`]);
  });

  test('is the same pairwise subject as by redirect, which does not hold the number', async () => {
    const subjects = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const { body } = await poll(gateway.sandbox, await begun());
      const { sub, iss, aud } = decodeJwt(String(body['id_token']));
      expect([iss, aud]).toEqual([gateway.url, gateway.sandbox.application.clientId]);
      subjects.push(sub);
    }
    expect(subjects[0]).toBe(subjects[1]);
    expect(subjects[0]).not.toContain(device().phoneNumber.slice(4));
  });

  test.each([
    ['mccmnc instead of operator_id', { operator_id: undefined, mccmnc: '99935' }],
    ['the joined scope form', { scope: `openid ${PURPOSE}#number-verification-verify-read` }],
    ['what the profile has ignored', { binding_message: '', user_code: '1', requested_expiry: 'soon' }],
    ['acr_values', { acr_values: 'urn:x' }],
    ['a resource that is ours', { resource: 'ours' }],
  ])('may ask with %s', async (_what, extra: Record<string, string | undefined>) => {
    const resource = extra['resource'] && `${gateway.url}/number-verification`;
    expect((await poll(gateway.sandbox, await begun({ ...extra, resource }))).status).toBe(200);
  });

  test('that is openid-client, as it comes, gets its token', async () => {
    const { clientId, privateKeyJwk } = gateway.sandbox.application;
    const key = (await importJWK(privateKeyJwk, 'ES256')) as CryptoKey;
    const client = await discovery(
      new URL(gateway.url),
      clientId,
      { id_token_signed_response_alg: 'ES256' },
      PrivateKeyJwt({ key, kid: privateKeyJwk.kid! }, { [modifyAssertion]: () => undefined }),
      { execute: [allowInsecureRequests, enableNonRepudiationChecks] },
    );
    const asked = await initiateBackchannelAuthentication(client, await askFor(device()));
    const answer = await pollBackchannelAuthenticationGrant(client, asked);
    expect(answer.expiresIn()).toBeLessThanOrEqual(300);
    expect(answer.claims()?.sub).toMatch(/^[\w-]{43}$/);
  });
});

describe('an auth_req_id', () => {
  test('polled for a hundred times at once gives exactly one token', async () => {
    const id = await begun();
    const answers = await Promise.all(Array.from({ length: 100 }, () => poll(gateway.sandbox, id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const errors = answers.map(({ body }) => body['error']).filter((error) => error !== undefined);
    expect(errors).toHaveLength(99);
    expect(errors.every((error) => error === 'slow_down' || error === 'invalid_grant')).toBe(true);
    expect((await poll(gateway.sandbox, id)).body['error']).toBe('invalid_grant');
  });

  test.each([
    ['unknown', 'x'.repeat(43), 'invalid_grant'],
    ['empty', '', 'invalid_request'],
  ])('that is %s is refused', async (_what, id, error) => {
    const { status, body } = await poll(gateway.sandbox, id);
    expect([status, body['error']]).toEqual([400, error]);
  });

  test('polled for too soon is slow_down, for all later polls five seconds more', async () => {
    const id = await begun({}, ipOf(110));
    const told = [];
    for (const waitMs of [0, 1_000, 3_000, 0]) {
      await delay(waitMs);
      told.push((await poll(gateway.sandbox, id)).body['error']);
    }
    expect(told).toEqual(['authorization_pending', 'slow_down', 'slow_down', 'slow_down']);
    expect(await kept('interval_seconds')).toBe(17);
  });

  test('is kept by its hash; neither it, the hint nor the operator token can be read', async () => {
    const hint = `operatortoken:${await operatorTokenOf(device())}`;
    const id = await begun({ login_hint: hint });
    const rows = JSON.stringify(await everythingKept());
    expect(rows).not.toContain(String(id));
    expect(rows).not.toContain(hint.slice(20));
    await poll(gateway.sandbox, id);
    expect(await kept('outcome')).toBeNull();
  });
});

test('the operator is asked once at once, and not by polls of the ASP before its interval is over', async () => {
  const before = [sandboxCalls('bc-authorize'), sandboxCalls('token')];
  const id = await begun({}, ipOf(110));
  await poll(gateway.sandbox, id);
  await poll(gateway.sandbox, id);
  expect([sandboxCalls('bc-authorize'), sandboxCalls('token')]).toEqual([before[0]! + 1, before[1]! + 1]);
});

const ipOf = (row: number): string => device().ip.replace(/\d+\.\d+$/, `255.${row}`);

async function everythingKept(): Promise<Record<string, unknown>[]> {
  const pool = gateway.app.get(Database, { strict: false }).pool('admin');
  const { rows } = await pool.query('SELECT * FROM ciba_requests ORDER BY ends_at DESC');
  const { rows: artifacts } = await pool.query('SELECT * FROM oidc_artifacts');
  return [...(rows as Record<string, unknown>[]), ...(artifacts as Record<string, unknown>[])];
}
/** Of the request that was made last. */
async function kept(column: string): Promise<unknown> {
  return (await everythingKept())[0]![column];
}
