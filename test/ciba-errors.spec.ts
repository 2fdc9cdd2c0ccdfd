import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { CibaPoller } from '../src/broker/ciba-poller.js';
import { Database } from '../src/database/database.js';
import { Tenants } from '../src/tenants/tenants.js';
import { operatorTokenOf } from './support/bearer.js';
import { PURPOSE, askFor, bcAuthorize, poll, postForm } from './support/ciba.js';
import { TokenAnswer, assertionWith } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ LOG_LEVEL: 'silent' });
});
afterAll(() => gateway?.close());

type Form = Record<string, string | undefined>;
const device = () => gateway.device('camara-2.1');
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];
/** A device with which this row of the sandbox's faults goes wrong. */
const magic = (row: number): string => device().ip.replace(/\d+\.\d+$/, `255.${row}`);
const sql = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await gateway.app.get(Database, { strict: false }).pool('admin').query(text, values)).rows;
const bcCalls = (): number => gateway.simulated!.calls.of(device().operator, 'bc-authorize');

async function ask(change: Form = {}, ip?: string): Promise<TokenAnswer> {
  return bcAuthorize(gateway.sandbox, { ...(await askFor(device(), ip)), ...change });
}
async function begun(ip: string): Promise<unknown> {
  return (await ask({}, ip)).body['auth_req_id'];
}

/** As it was agreed for the subscription, until the test is over. */
async function agree(column: 'allowed_hints' | 'grant_types', value: string[]): Promise<void> {
  await sql(`UPDATE subscriptions SET ${column} = $1`, [value]);
  await gateway.app.get(Tenants, { strict: false }).load();
}
let agreed: Record<string, unknown>;
beforeAll(async () => {
  agreed = (await sql('SELECT allowed_hints, grant_types FROM subscriptions'))[0]!;
});
afterEach(async () => {
  await agree('allowed_hints', agreed['allowed_hints'] as string[]);
  await agree('grant_types', agreed['grant_types'] as string[]);
});

describe('a backchannel request is refused, and no operator is asked,', () => {
  test.each<[string, Form, number, string]>([
    ['without a hint', { login_hint: undefined }, 400, 'invalid_request'],
    ['with an empty token', { login_hint: 'operatortoken:' }, 400, 'invalid_request'],
    ['with a binary token', { login_hint: 'operatortoken:\u0000\u0001' }, 400, 'invalid_request'],
    ['with a token of 20 KiB', { login_hint: `operatortoken:${'x'.repeat(20_000)}` }, 400, 'invalid_request'],
    ['with an unknown kind of hint', { login_hint: 'mailto:a@b.example' }, 400, 'invalid_request'],
    ['by a phone number', { login_hint: 'tel:+99003500001' }, 400, 'invalid_request'],
    ['by an address', { login_hint: 'ipport:10.35.0.1:4711' }, 400, 'invalid_request'],
    ['with a login_hint_token beside it', { login_hint_token: 'x' }, 400, 'invalid_request'],
    ['with an id_token_hint beside it', { id_token_hint: 'x' }, 400, 'invalid_request'],
    ['by an id_token_hint alone', { login_hint: undefined, id_token_hint: 'x' }, 400, 'invalid_request'],
    ['without a word of whose token it is', { operator_id: undefined }, 400, 'invalid_request'],
    ['for an operator there is not', { operator_id: 'nobody' }, 403, 'access_denied'],
    ['for an operator without CIBA', { operator_id: 'sandbox-camara-1-0' }, 403, 'access_denied'],
    ['for an operator without this hint', { operator_id: 'sandbox-vonage-v031' }, 403, 'access_denied'],
    ['without a scope', { scope: undefined }, 400, 'invalid_request'],
    ['without a purpose', { scope: `openid ${VERIFY_SCOPE}` }, 400, 'invalid_scope'],
    ['with two purposes', { scope: `${PURPOSE} dpv:Marketing ${VERIFY_SCOPE}` }, 400, 'invalid_scope'],
    ['for a purpose not subscribed', { scope: `dpv:Marketing ${VERIFY_SCOPE}` }, 400, 'invalid_scope'],
    ['for a foreign resource', { resource: 'https://elsewhere.example' }, 400, 'invalid_target'],
    [
      'with claims but no openid',
      { scope: `${PURPOSE} ${VERIFY_SCOPE}`, claims: '{"id_token":{}}' },
      400,
      'invalid_request',
    ],
    ['with a request_uri', { request_uri: 'https://asp.example/r' }, 400, 'request_uri_not_supported'],
    ['of nobody', { client_assertion: undefined, client_assertion_type: undefined }, 401, 'invalid_client'],
    ['of a name alone', { client_assertion: undefined, client_id: 'ours' }, 401, 'invalid_client'],
    ['of no client', { client_assertion: 'e30.e30.e30' }, 401, 'invalid_client'],
  ])('%s', async (_what, change, status, error) => {
    const before = bcCalls();
    const answer = await ask(change);
    expect(outcome(answer)).toEqual([status, error]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(bcCalls()).toBe(before);
  });

  test('with a parameter given twice', async () => {
    const { status, body } = await postForm(`${gateway.url}/bc-authorize?`, {});
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
    const form = new URLSearchParams(await askFor(device()));
    form.append('login_hint', 'operatortoken:other');
    form.set('client_assertion', await assertionWith(gateway.sandbox, { aud: gateway.url }));
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const answer = await fetch(`${gateway.url}/bc-authorize`, { method: 'POST', body: form });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request' }),
    ]);
  });

  test('in JSON, or too long, OAuth-shaped', async () => {
    const post = async (body: string, type: string): Promise<unknown[]> => {
      const headers = { 'content-type': type };
      const answer = await fetch(`${gateway.url}/bc-authorize`, { method: 'POST', body, headers });
      return [answer.status, ((await answer.json()) as { error: string }).error];
    };
    expect(await post('{}', 'application/json')).toEqual([400, 'invalid_request']);
    const long = `login_hint=${'x'.repeat(65_536)}`;
    expect(await post(long, 'application/x-www-form-urlencoded')).toEqual([413, 'invalid_request']);
  });

  test('when the flow was not agreed for the subscription', async () => {
    await agree('grant_types', ['authorization_code']);
    expect(outcome(await ask())).toEqual([400, 'unauthorized_client']);
  });
});

describe('hints that prove nothing, where they were agreed', () => {
  test('an address finds its operator by itself, and the amr says how', async () => {
    await agree('allowed_hints', ['operatortoken', 'ipport']);
    const { ip } = device();
    const { body } = await ask({ login_hint: `ipport:${ip}:4711`, operator_id: undefined });
    expect((await poll(gateway.sandbox, body['auth_req_id'])).status).toBe(200);
    expect(outcome(await ask({ login_hint: 'ipport:198.51.100.7', operator_id: undefined }))).toEqual([
      403,
      'access_denied',
    ]);
  });

  test('a number is for operators that take one, whatever the form of their answers', async () => {
    await agree('allowed_hints', ['tel']);
    const { phoneNumber, operator } = gateway.device('vonage-v031');
    const scope = `openid ${PURPOSE} ${VERIFY_SCOPE} ${SHARE_SCOPE}`;
    const { body } = await ask({ login_hint: `tel:${phoneNumber}`, operator_id: operator, scope });
    const answer = await poll(gateway.sandbox, body['auth_req_id']);
    expect(answer.status).toBe(200);
    expect(answer.body['expires_in']).toBeLessThanOrEqual(24);
    const pending = phoneNumber.replace(/\d{5}$/, String(255 * 256 + 109));
    const later = await ask({ login_hint: `tel:${pending}`, operator_id: operator });
    expect(outcome(await poll(gateway.sandbox, later.body['auth_req_id']))).toEqual([
      400,
      'authorization_pending',
    ]);
    const unknown = await ask({ login_hint: 'tel:+99003500001', operator_id: operator });
    expect(outcome(unknown)).toEqual([400, 'unknown_user_id']);
  });
});

describe('what the operator answers to our request', () => {
  test.each([
    [101, 'it does not know the user', 400, 'unknown_user_id'],
    [102, 'it denies access', 403, 'access_denied'],
    [103, 'consent is missing', 403, 'access_denied'],
    [104, 'it fails', 503, 'temporarily_unavailable'],
    [105, 'it never answers', 503, 'temporarily_unavailable'],
  ])('row %i: %s', async (row, _what, status, error) => {
    const answer = await ask({}, magic(row));
    expect(outcome(answer)).toEqual([status, error]);
    expect(JSON.stringify(answer.body)).not.toContain('sandbox');
  });

  test('a TS.43 token that was used before is unknown_user_id', async () => {
    const login_hint = `operatortoken:${await operatorTokenOf(device())}`;
    expect((await ask({ login_hint })).status).toBe(200);
    expect(outcome(await ask({ login_hint }))).toEqual([400, 'unknown_user_id']);
  });
});

describe('what the operator answers to our polls', () => {
  test.each([
    [112, 'it has ended the request', 'expired_token'],
    [113, 'it denies access', 'access_denied'],
    [114, 'consent is missing', 'access_denied'],
    [13, 'the user signed in by SMS', 'access_denied'],
    [15, 'the id_token is forged', 'access_denied'],
    [11, 'there is no access token', 'access_denied'],
    [8, 'the token endpoint fails, which ends nothing', 'authorization_pending'],
    [12, 'its token ends in three seconds', 'invalid_grant'],
  ])('row %i: %s', async (row, _what, error) => {
    const answer = await poll(gateway.sandbox, await begun(magic(row)));
    expect(outcome(answer)).toEqual([400, error]);
    expect(answer.body['error_description'] ?? '').not.toMatch(/sandbox/);
  });

  test.each([
    [106, 'none', 5],
    [107, '0', 2],
    [108, '1000000000', 30],
    [111, 'slow_down', 7],
  ])('row %i: it names as its interval %s, and is asked every %i s', async (row, _named, seconds) => {
    await begun(magic(row));
    const rows = await sql('SELECT operator_interval FROM ciba_requests ORDER BY ends_at DESC LIMIT 1');
    expect(rows).toEqual([{ operator_interval: seconds }]);
  });

  test('it is asked in the background until it has an answer, which the next poll finds', async () => {
    await sql('DELETE FROM ciba_requests');
    const id = await begun(magic(109));
    const calls = (): number => gateway.simulated!.calls.of(device().operator, 'token');
    const before = calls();
    await delay(6_600);
    expect(calls()).toBe(before + 3);
    expect((await poll(gateway.sandbox, id)).status).toBe(200);
  }, 15_000);
});

test('a request that nobody follows any longer is asked about by whoever is polled for it', async () => {
  const id = await begun(magic(106));
  await gateway.app.get(CibaPoller, { strict: false }).onApplicationShutdown();
  expect(outcome(await poll(gateway.sandbox, id))).toEqual([400, 'authorization_pending']);
  await delay(5_200);
  expect((await poll(gateway.sandbox, id)).status).toBe(200);
}, 15_000);

test('a request that has ended is expired_token, and of another client invalid_grant', async () => {
  const id = await begun(magic(110));
  await sql("UPDATE ciba_requests SET client_id = 'another' WHERE consumed_at IS NULL");
  expect(outcome(await poll(gateway.sandbox, id))).toEqual([400, 'invalid_grant']);
  await sql('UPDATE ciba_requests SET client_id = $1, ends_at = now()', [
    gateway.sandbox.application.clientId,
  ]);
  expect(outcome(await poll(gateway.sandbox, id))).toEqual([400, 'expired_token']);
});

test('while Postgres does not answer, both endpoints say 503', async () => {
  const id = await begun(magic(110));
  const client = await gateway.app.get(Database, { strict: false }).pool('admin').connect();
  try {
    await client.query('BEGIN; LOCK TABLE ciba_requests IN ACCESS EXCLUSIVE MODE');
    expect(outcome(await ask())).toEqual([503, 'temporarily_unavailable']);
    expect(outcome(await poll(gateway.sandbox, id))).toEqual([503, 'temporarily_unavailable']);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});
