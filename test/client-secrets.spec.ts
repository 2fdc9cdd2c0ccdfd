import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../src/database/database.js';
import { mintClientSecret } from '../src/tenants/client-secret.js';
import { change, giveSecret } from './support/admin-model.js';
import { askFor } from './support/ciba.js';
import { TokenAnswer, assertionWith, postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

const WITHOUT_KEY = { client_assertion: undefined, client_assertion_type: undefined };
type Form = Record<string, string | undefined>;

let gateway: TestGateway;
let given: { id: string; secret: string };
beforeAll(async () => {
  gateway = await startTestGateway();
  given = await giveSecret(gateway, 'test');
});
afterAll(() => gateway?.close());

const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];
const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** The form that redeems a fresh code, with a proof by a key. */
async function freshRedemption(at = gateway): Promise<Form> {
  const { application } = at.sandbox;
  const { authorizeUrl, verifier } = beginSignIn(at.sandbox);
  const back = await followAsDevice(authorizeUrl, at.device('camara-2.0').ip, application.redirectUri);
  return redemption(at.sandbox, back.searchParams.get('code')!, verifier);
}
async function redeemWith(secret: string, at = gateway, ip = '192.0.2.1'): Promise<TokenAnswer> {
  const form: Form = { ...(await freshRedemption(at)), ...WITHOUT_KEY };
  const authorization = basic(at.sandbox.application.clientId, secret);
  return postToken(at.sandbox, form, { authorization, 'x-forwarded-for': ip });
}
async function verify(token: unknown): Promise<number> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` },
    body: JSON.stringify({ phoneNumber: gateway.device('camara-2.0').phoneNumber }),
  });
  return answer.status;
}

describe('a secret for tests', () => {
  test('redeems a code, in the header or in the form, and the token opens the API', async () => {
    const byHeader = await redeemWith(given.secret);
    expect([byHeader.status, await verify(byHeader.body['access_token'])]).toEqual([200, 200]);
    const { clientId } = gateway.sandbox.application;
    const byForm = { ...WITHOUT_KEY, client_id: clientId, client_secret: given.secret };
    const answer = await postToken(gateway.sandbox, { ...(await freshRedemption()), ...byForm });
    expect(outcome(answer)).toEqual([200, undefined]);
  });

  test('asks and polls by CIBA', async () => {
    const { clientId } = gateway.sandbox.application;
    const authorization = basic(clientId, given.secret);
    const send = (path: string, form: Record<string, string>): Promise<Response> =>
      fetch(gateway.url + path, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams(form),
      });
    const begun = await send('/bc-authorize', await askFor(gateway.device('camara-2.1')));
    const { auth_req_id } = (await begun.json()) as { auth_req_id: string };
    const token = await send('/token', { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id });
    expect([begun.status, token.status]).toEqual([200, 200]);
  });

  test('is noted as used, once', async () => {
    await redeemWith(given.secret);
    const pool = gateway.app.get(Database, { strict: false }).pool('admin');
    let used: unknown;
    for (let tries = 0; tries < 50 && !used; tries += 1, await sleep(20)) {
      const { rows } = await pool.query<{ at: Date }>(
        'SELECT last_used_at AS at FROM credentials WHERE id = $1',
        [given.id],
      );
      used = rows[0]!.at;
    }
    expect(used).toEqual(expect.any(Date));
  });

  test('taken away is refused, and so is the next call with a token that it got', async () => {
    const { id, secret } = await giveSecret(gateway, 'test');
    const { body } = await redeemWith(secret);
    await change(gateway, 'UPDATE credentials SET revoked_at = now() WHERE id = $1', [id]);
    expect(await verify(body['access_token'])).toBe(401);
    expect(outcome(await redeemWith(secret))).toEqual([401, 'invalid_client']);
  });
});

describe('is 401 invalid_client', () => {
  const wrong = mintClientSecret('test').secret;
  test.each<[string, Form, string | undefined]>([
    ['a wrong secret', {}, wrong],
    ['no secret of ours', {}, 'hunter2'],
    ['an empty secret', {}, ''],
    ['the secret of another client', { client: 'somebody' }, undefined],
  ])('%s', async (_what, { client }, secret) => {
    const form: Form = { ...(await freshRedemption()), ...WITHOUT_KEY };
    const { clientId } = gateway.sandbox.application;
    const authorization = basic(client ?? clientId, secret ?? given.secret);
    const answer = await postToken(gateway.sandbox, form, { authorization, 'x-forwarded-for': '192.0.2.2' });
    expect(outcome(answer)).toEqual([401, 'invalid_client']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(outcome(await postToken(gateway.sandbox, { ...form, ...(await proofByKey()) }))).toEqual([
      200,
      undefined,
    ]);
  });

  test('a live secret where only those for tests are taken', async () => {
    const { secret } = await giveSecret(gateway, 'live');
    expect(outcome(await redeemWith(secret, gateway, '192.0.2.3'))).toEqual([401, 'invalid_client']);
  });

  test('a client by its name alone, while others prove themselves by secrets', async () => {
    const { clientId } = gateway.sandbox.application;
    const form: Form = { ...(await freshRedemption()), ...WITHOUT_KEY, client_id: clientId };
    const nameOnly = Array.from({ length: 20 }, () => postToken(gateway.sandbox, form));
    const right = Array.from({ length: 20 }, () => redeemWith(given.secret));
    const answers = await Promise.all([...nameOnly, ...right]);
    expect(answers.map(({ status }) => status)).toEqual([...Array(20).fill(401), ...Array(20).fill(200)]);
  });
});

async function proofByKey(): Promise<Form> {
  const { client_assertion_type } = await redemption(gateway.sandbox, '', '');
  return { client_assertion_type, client_assertion: await assertionWith(gateway.sandbox) };
}

test('two ways to prove oneself at once are invalid_request', async () => {
  const { clientId } = gateway.sandbox.application;
  const form = await freshRedemption();
  const authorization = basic(clientId, given.secret);
  expect(outcome(await postToken(gateway.sandbox, form, { authorization }))).toEqual([
    400,
    'invalid_request',
  ]);
  const both = { ...form, ...WITHOUT_KEY, client_secret: given.secret };
  expect(outcome(await postToken(gateway.sandbox, both, { authorization }))).toEqual([
    400,
    'invalid_request',
  ]);
});

test('whoever guesses is told to wait; the client itself, from elsewhere, is not', async () => {
  const { clientId } = gateway.sandbox.application;
  const guess = (ip: string) =>
    postToken(
      gateway.sandbox,
      { grant_type: 'authorization_code', code: 'x' },
      { authorization: basic(clientId, mintClientSecret('test').secret), 'x-forwarded-for': ip },
    );
  const answers = [];
  for (let tries = 0; tries < 12; tries += 1) answers.push(await guess('192.0.2.66'));
  const locked = answers.at(-1)!;
  expect(answers[8]!.status).toBe(401);
  expect([locked.status, locked.body['error']]).toEqual([429, 'invalid_client']);
  expect(Number(locked.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(outcome(await redeemWith(given.secret, gateway, '192.0.2.66'))).toEqual([429, 'invalid_client']);
  expect(outcome(await redeemWith(given.secret, gateway, '192.0.2.67'))).toEqual([200, undefined]);
});

describe('where all secrets are taken', () => {
  let on: TestGateway;
  beforeAll(async () => {
    on = await startTestGateway({ CLIENT_SECRETS: 'on' });
  });
  afterAll(() => on?.close());

  test('a live one opens no simulated operator', async () => {
    const { secret } = await giveSecret(on, 'live');
    expect(outcome(await redeemWith(secret, on))).toEqual([400, 'invalid_grant']);
    const begun = await fetch(`${on.url}/bc-authorize`, {
      method: 'POST',
      headers: { authorization: basic(on.sandbox.application.clientId, secret) },
      body: new URLSearchParams(await askFor(on.device('camara-2.1'))),
    });
    expect([begun.status, await begun.json()]).toEqual([
      403,
      expect.objectContaining({ error: 'access_denied' }),
    ]);
  });

  test('discovery speaks of them', async () => {
    const document = await (await fetch(`${on.url}/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
    });
  });
});

test('where none are taken, a right one is no proof', async () => {
  const off = await startTestGateway({ CLIENT_SECRETS: 'off' });
  try {
    const { secret } = await giveSecret(off, 'test');
    expect(outcome(await redeemWith(secret, off))).toEqual([401, 'invalid_client']);
  } finally {
    await off.close();
  }
});
