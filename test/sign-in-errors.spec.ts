import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Tenants } from '../src/tenants/tenants.js';
import { Metrics } from '../src/telemetry/metrics.js';
import { Hop, callbackOf, chainOf, postToken, redemption, visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';

let gateway: TestGateway;
let ip: string;
beforeAll(async () => {
  gateway = await startTestGateway({ LOG_LEVEL: 'silent' });
  ({ ip } = gateway.device('camara-2.1'));
});
afterAll(() => gateway?.close());

/** A device with which this row of the sandbox's faults goes wrong. */
const magic = (row: number): string => ip.replace(/\d+\.\d+$/, `255.${row}`);
/** Made anew: the management port keeps a page for a second. */
const metrics = (): Promise<string> => gateway.app.get(Metrics).render();

/** The answer that a sign-in ends with. */
async function endOf(from: string, extra: Record<string, string | undefined> = {}): Promise<URLSearchParams> {
  const { authorizeUrl, state } = beginSignIn(gateway.sandbox, extra);
  const back = await followAsDevice(authorizeUrl, from, gateway.sandbox.application.redirectUri);
  // OAuth 2.0 Multiple Response Type Encoding: an answer to response_type=token goes into the fragment.
  const answer = new URLSearchParams(back.search || back.hash.slice(1));
  expect([answer.get('state'), answer.get('iss')]).toEqual([state, gateway.url]);
  return answer;
}

function expectPage({ status, headers, location, body }: Hop): void {
  expect([status, location]).toEqual([400, undefined]);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toContain('The link is not valid');
}

describe('what goes wrong at the operator goes back on the redirect', () => {
  test.each([
    [1, 'the operator does not know the device', 'access_denied'],
    [2, 'the operator answers login_required', 'login_required'],
    [3, 'the operator answers consent_required', 'consent_required'],
    [4, 'the operator answers server_error', 'server_error'],
    [5, 'the operator answers consent_denied', 'access_denied'],
    [7, 'iss is another', 'server_error'],
    [8, 'the token endpoint fails', 'temporarily_unavailable'],
    [10, 'the token endpoint refuses us', 'server_error'],
    [11, 'there is no access token', 'server_error'],
    [13, 'amr shows SMS', 'access_denied'],
    [14, 'the nonce of the id_token is another', 'server_error'],
    [15, 'the id_token is forged', 'server_error'],
  ])('row %i: %s', async (row, _what, error) => {
    const back = await endOf(magic(row));
    expect([back.get('error'), back.get('code')]).toEqual([error, null]);
    expect(back.get('error_description')).toMatch(/^[a-z_ -]+$/);
    expect(back.get('error_description')).not.toMatch(/magic|sandbox/);
    expect(await metrics()).toMatch(
      new RegExp(`authorization_errors_total{operator="sandbox-camara-2-1",error="${error}"} [1-9]`),
    );
  });

  test('a token endpoint that never answers is given up before the device gives up', async () => {
    const startedAtMs = Date.now();
    expect((await endOf(magic(9))).get('error')).toBe('temporarily_unavailable');
    expect(Date.now() - startedAtMs).toBeLessThan(3_500);
  });

  test("no token of ours outlives the operator's: one of 3 s makes none", async () => {
    const asp = gateway.sandbox;
    const { verifier, authorizeUrl } = beginSignIn(asp);
    const back = await followAsDevice(authorizeUrl, magic(12), asp.application.redirectUri);
    const answer = await postToken(asp, await redemption(asp, back.searchParams.get('code')!, verifier));
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
  });
});

test('while Postgres does not answer, the redirect says temporarily_unavailable, the token endpoint 503', async () => {
  const pool = gateway.app.get(Database, { strict: false }).pool('admin');
  const asp = gateway.sandbox;
  const callback = await callbackOf(beginSignIn(asp).authorizeUrl, ip);
  const client = await pool.connect();
  try {
    await client.query('BEGIN; LOCK TABLE oidc_artifacts, broker_transactions IN ACCESS EXCLUSIVE MODE');
    expect((await endOf(ip)).get('error')).toBe('temporarily_unavailable');
    const answer = await postToken(asp, await redemption(asp, 'code', 'x'.repeat(43)));
    expect([answer.status, answer.body['error']]).toEqual([503, 'temporarily_unavailable']);
    expect((await visit(callback, ip)).status).toBe(503);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  expect((await visit(callback, ip)).location!.searchParams.has('code')).toBe(true);
});

describe('where no operator can be asked', () => {
  test.each([
    ['Wi-Fi', '198.51.100.7'],
    ['an address written by the device itself', '10.35.0.1, 198.51.100.7'],
    ['nonsense for an address', 'unknown'],
  ])('%s is access_denied, operator_not_resolved', async (_what, from) => {
    const back = await endOf(from);
    expect([back.get('error'), back.get('error_description')]).toEqual([
      'access_denied',
      'operator_not_resolved',
    ]);
    expect(await metrics()).toMatch(/routing_decisions_total{method="default",result="none"} [1-9]/);
  });

  test('an operator that cannot be reached is temporarily_unavailable', async () => {
    const away = await startTestGateway({ LOG_LEVEL: 'silent', SANDBOX_URL: 'http://127.0.0.1:9' });
    try {
      const { authorizeUrl } = beginSignIn(away.sandbox);
      const [hop] = await chainOf(authorizeUrl, ip, away.sandbox);
      expect(hop!.location!.searchParams.get('error')).toBe('temporarily_unavailable');
    } finally {
      await away.close();
    }
  });

  test('an application that the operator has not approved is access_denied', async () => {
    const { operator, ip: from } = gateway.device('camara-1.0');
    const approve = async (approval: string): Promise<void> => {
      const pool = gateway.app.get(Database, { strict: false }).pool('admin');
      await pool.query('UPDATE operator_registrations SET approval = $1 WHERE operator_id = $2', [
        approval,
        operator,
      ]);
      await gateway.app.get(Tenants, { strict: false }).load();
    };
    await approve('rejected');
    const back = await endOf(from);
    await approve('approved');
    expect(back.get('error_description')).toBe('application_not_registered_at_operator');
    expect((await endOf(from)).get('error')).toBeNull();
  });
});

describe('what the application asks wrongly goes back on the redirect', () => {
  test.each([
    ['no purpose', { scope: `openid ${VERIFY_SCOPE}` }, 'invalid_scope'],
    ['two purposes', { scope: `${PURPOSE} dpv:Marketing ${VERIFY_SCOPE}` }, 'invalid_scope'],
    ['a purpose not subscribed', { scope: `dpv:Marketing ${VERIFY_SCOPE}` }, 'invalid_scope'],
    ['an unknown scope', { scope: `${PURPOSE} ${VERIFY_SCOPE} location` }, 'invalid_scope'],
    ['no API scope', { scope: `openid ${PURPOSE}` }, 'invalid_scope'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['prompt=login', { prompt: 'login' }, 'invalid_request'],
    ['prompt=none login', { prompt: 'none login' }, 'invalid_request'],
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    ['response_mode=fragment', { response_mode: 'fragment' }, 'unsupported_response_mode'],
    ['response_mode=form_post', { response_mode: 'form_post' }, 'unsupported_response_mode'],
    ['a foreign resource', { resource: 'https://elsewhere.example' }, 'invalid_target'],
    ['a request object without a signature', { request: 'e30.e30.e30' }, 'invalid_request_object'],
    ['a request object elsewhere', { request_uri: 'https://asp.example/r' }, 'request_uri_not_supported'],
    [
      'claims without openid',
      { scope: `${PURPOSE} ${VERIFY_SCOPE}`, claims: '{"id_token":{}}' },
      'invalid_request',
    ],
  ])('%s', async (_what, extra: Record<string, string | undefined>, error) => {
    expect((await endOf(ip, extra)).get('error')).toBe(error);
  });

  test.each(['state', 'scope', 'nonce', 'login_hint', 'code_challenge', 'max_age'])(
    '%s given twice',
    async (name) => {
      const { authorizeUrl } = beginSignIn(gateway.sandbox, {
        login_hint: 'tel:+99003500001',
        max_age: '60',
      });
      authorizeUrl.searchParams.append(name, authorizeUrl.searchParams.get(name)!);
      const [hop] = await chainOf(authorizeUrl, ip, gateway.sandbox);
      expect(hop!.location!.searchParams.get('error')).toBe('invalid_request');
    },
  );
});

describe('a page, and no redirect', () => {
  test.each([
    ['a redirect_uri not registered', { redirect_uri: 'https://evil.example/callback' }],
    ['a redirect_uri with more in it', { redirect_uri: 'https://asp.example/callback?x=1' }],
    ['a redirect_uri spelled otherwise', { redirect_uri: 'https://asp.example/./callback' }],
    ['no redirect_uri', { redirect_uri: undefined }],
    ['an unknown client', { client_id: '<script>alert(1)</script>' }],
    ['no client', { client_id: undefined }],
    ['an unknown client and a wrong scope', { client_id: 'nobody', scope: 'x' }],
  ])('for %s', async (_what, extra: Record<string, string | undefined>) => {
    const hop = await visit(beginSignIn(gateway.sandbox, extra).authorizeUrl, ip);
    expectPage(hop);
    expect(hop.body).not.toMatch(/evil|script|nobody/);
  });

  test('for a state that was used: the second callback of a hundred gets nothing', async () => {
    const callback = await callbackOf(beginSignIn(gateway.sandbox).authorizeUrl, ip);
    const hops = await Promise.all(Array.from({ length: 100 }, () => visit(callback, ip)));
    const [redirected, pages] = [302, 400].map((status) => hops.filter((hop) => hop.status === status));
    expect([redirected!.length, pages!.length]).toEqual([1, 99]);
    expect(redirected![0]!.location!.searchParams.has('code')).toBe(true);
    expectPage(pages![0]!);
  });

  test("for one operator's answer at the callback of another: the state is burnt", async () => {
    const callback = await callbackOf(beginSignIn(gateway.sandbox).authorizeUrl, ip);
    const elsewhere = new URL(callback);
    elsewhere.pathname = elsewhere.pathname.replace('sandbox-camara-2-1', 'sandbox-camara-2-0');
    expectPage(await visit(elsewhere, ip));
    expectPage(await visit(callback, ip));
  });

  test.each([
    ['no state', ''],
    ['an unknown state', '?code=x&state=unknown'],
    ['two states', '?code=x&state=a&state=b'],
  ])('for a callback with %s', async (_what, query) => {
    const callback = await callbackOf(beginSignIn(gateway.sandbox).authorizeUrl, ip);
    expectPage(await visit(new URL(callback.pathname + query, callback), ip));
  });

  test.each(['/%61uthorize', '/authorize/', '//authorize'])('and no cookie for %s', async (path) => {
    const { authorizeUrl } = beginSignIn(gateway.sandbox);
    const hop = await visit(`${gateway.url}${path}${authorizeUrl.search}`, ip);
    expect([302, 404]).toContain(hop.status);
    expect(hop.headers.getSetCookie()).toEqual([]);
  });

  test('the way back into an interaction is closed from outside', async () => {
    const { status, headers } = await visit(`${gateway.url}/authorize/some-interaction`, ip, {
      cookie: '_interaction_resume=some-interaction',
    });
    expect([status, headers.getSetCookie()]).toEqual([404, []]);
  });
});
