import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair, importJWK } from 'jose';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Database } from '../src/database/database.js';
import { Tenants } from '../src/tenants/tenants.js';
import { PURPOSE, askFor, bcAuthorize, poll, requestObject } from './support/ciba.js';
import { TokenAnswer, postToken, redemption, visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { SignIn, beginSignIn, followAsDevice } from './support/tokens.js';

let gateway: TestGateway;
let ip: string;
beforeAll(async () => {
  gateway = await startTestGateway({ LOG_LEVEL: 'silent' });
  ({ ip } = gateway.device('camara-2.1'));
});
afterAll(() => gateway?.close());

type Claims = Record<string, unknown>;
const now = (): number => Math.floor(Date.now() / 1000);
const REPEATED = ['scope', 'response_type', 'client_id', 'redirect_uri'];

/** A sign-in all of whose parameters are signed. @param claims beside the right ones; undefined leaves one out */
async function signed(claims: Claims = {}, header: Claims = {}): Promise<SignIn> {
  const { authorizeUrl, ...rest } = beginSignIn(gateway.sandbox);
  const all = Object.fromEntries(authorizeUrl.searchParams);
  for (const name of Object.keys(all)) if (!REPEATED.includes(name)) authorizeUrl.searchParams.delete(name);
  const object = await requestObject(gateway.sandbox, '/authorize', { ...all, ...claims }, header);
  authorizeUrl.searchParams.set('request', object);
  return { authorizeUrl, ...rest };
}
async function endOf({ authorizeUrl }: Pick<SignIn, 'authorizeUrl'>): Promise<URLSearchParams> {
  const { redirectUri } = gateway.sandbox.application;
  return (await followAsDevice(authorizeUrl, ip, redirectUri)).searchParams;
}

/** What is wrong with a request object of either endpoint. */
const WRONG_OBJECTS: [string, () => Claims, Claims?][] = [
  ['of another issuer', () => ({ iss: 'another' })],
  ['of no issuer', () => ({ iss: undefined })],
  ['for another audience', () => ({ aud: 'https://elsewhere.example/authorize' })],
  ['for the token endpoint', () => ({ aud: `${gateway.url}/token` })],
  ['for no audience', () => ({ aud: undefined })],
  ['for a list of audiences', () => ({ aud: [gateway.url] })],
  ['made in the future', () => ({ iat: now() + 30 })],
  ['of no time', () => ({ iat: undefined })],
  ['that has ended', () => ({ iat: now() - 60, exp: now() - 1 })],
  ['that never ends', () => ({ exp: undefined })],
  ['that lives 301 s', () => ({ iat: now() - 10, exp: now() + 291 })],
  ['that ends in 302 s', () => ({ exp: now() + 302 })],
  ['not valid yet', () => ({ nbf: now() + 30 })],
  ['without a jti', () => ({ jti: undefined })],
  ['with a number for a jti', () => ({ jti: 7 })],
  ['with a sub', () => ({ sub: gateway.sandbox.application.clientId })],
  ['with a request inside', () => ({ request: 'e30.e30.e30' })],
  ['with a request_uri inside', () => ({ request_uri: 'https://asp.example/r' })],
  ['for another client', () => ({ client_id: 'another' })],
  ['with an object for a parameter', () => ({ login_hint: { tel: '1' } })],
  ['with two purposes in a list', () => ({ scope: [PURPOSE, VERIFY_SCOPE] })],
  ['with a critical header', () => ({}), { crit: ['b64'], b64: true }],
];
// In full: a missing argument of a test is Jest's to fill.
const WRONG = WRONG_OBJECTS.map(([what, claims, header = {}]) => [what, claims, header] as const);

describe('a signed request at the authorization endpoint', () => {
  test.each<[string, Claims | (() => Claims), Claims?]>([
    ['its own URL as audience', {}],
    ['the issuer as audience', () => ({ aud: gateway.url })],
    ['300 s to live', () => ({ iat: now() - 1, exp: now() + 299 })],
    ['the type of RFC 9101', {}, { typ: 'oauth-authz-req+jwt' }],
    ['a number for max_age', { max_age: 0 }],
    ['claims as an object', { claims: { id_token: { auth_time: null } } }],
  ])('with %s signs a device in', async (_what, claims, header = {}) => {
    const { authorizeUrl, verifier, state } = await signed(
      typeof claims === 'function' ? claims() : claims,
      header,
    );
    const back = await endOf({ authorizeUrl });
    expect([back.get('error'), back.get('state')]).toEqual([null, state]);
    const form = await redemption(gateway.sandbox, back.get('code')!, verifier);
    expect((await postToken(gateway.sandbox, form)).status).toBe(200);
  });

  test('is all there is: what stands beside it is not read', async () => {
    const { authorizeUrl, state, verifier } = await signed();
    for (const [name, value] of Object.entries({
      state: 'x',
      prompt: 'login',
      code_challenge: 'x',
      claims: '{',
    })) {
      authorizeUrl.searchParams.set(name, value);
    }
    const back = await endOf({ authorizeUrl });
    expect(back.get('state')).toBe(state);
    const form = await redemption(gateway.sandbox, back.get('code')!, verifier);
    expect((await postToken(gateway.sandbox, form)).status).toBe(200);
  });

  test('can name the operator; without a signature that is heard only when nothing else decides', async () => {
    const operator = (url: URL): string => /sandbox-camara-\d-\d/.exec(url.pathname)![0];
    const { authorizeUrl } = await signed({ operator_id: 'sandbox-camara-2-0' });
    expect(operator((await visit(authorizeUrl, ip)).location!)).toBe('sandbox-camara-2-0');
    const plain = beginSignIn(gateway.sandbox, { operator_id: 'sandbox-camara-2-0' }).authorizeUrl;
    expect(operator((await visit(plain, ip)).location!)).toBe('sandbox-camara-2-1');
    expect(operator((await visit(plain, '198.51.100.7')).location!)).toBe('sandbox-camara-2-0');
  });

  test.each(WRONG)('%s is invalid_request_object', async (_what, claims, header) => {
    const back = await endOf(await signed(claims(), header));
    expect([back.get('error'), back.get('iss')]).toEqual(['invalid_request_object', gateway.url]);
  });

  test.each(REPEATED.filter((name) => name !== 'redirect_uri'))('%s of which differs', async (name) => {
    const signIn = await signed({ [name]: 'another' });
    expect((await endOf(signIn)).get('error')).toBe('invalid_request_object');
  });

  test.each(REPEATED)('%s of which is missing inside', async (name) => {
    expect((await endOf(await signed({ [name]: undefined }))).get('error')).toBe('invalid_request_object');
  });

  test.each([
    ['is another inside', { redirect_uri: 'https://evil.example/cb' }, undefined, 302],
    ['is another outside', {}, 'https://evil.example/cb', 400],
    ['is missing outside', {}, '', 400],
  ])(
    'whose redirect_uri %s is sent to none that is not registered',
    async (_what, claims, outside, status) => {
      const { authorizeUrl } = await signed(claims);
      if (outside !== undefined) authorizeUrl.searchParams.set('redirect_uri', outside);
      if (outside === '') authorizeUrl.searchParams.delete('redirect_uri');
      const hop = await visit(authorizeUrl, ip);
      expect(hop.status).toBe(status);
      expect(hop.location?.href ?? '').not.toContain('evil');
    },
  );

  test.each(['foo', 'resource'])('beside a parameter that is given twice is not read: %s', async (name) => {
    const { authorizeUrl } = await signed();
    authorizeUrl.searchParams.append(name, 'x');
    authorizeUrl.searchParams.append(name, 'x');
    expect((await endOf({ authorizeUrl })).get('error')).toBe('invalid_request_object');
  });

  test('and a request_uri together are request_uri_not_supported', async () => {
    const { authorizeUrl } = await signed();
    authorizeUrl.searchParams.set('request_uri', 'https://asp.example/r');
    expect((await endOf({ authorizeUrl })).get('error')).toBe('request_uri_not_supported');
  });

  test('used twenty times at once opens exactly one sign-in', async () => {
    const { authorizeUrl } = await signed();
    const hops = await Promise.all(Array.from({ length: 20 }, () => visit(authorizeUrl, ip)));
    const refused = hops.filter(
      ({ location }) => location!.searchParams.get('error') === 'invalid_request_object',
    );
    expect(refused).toHaveLength(19);
  });

  test('that was refused for anything else is not used up', async () => {
    const { authorizeUrl } = await signed();
    const error = (await visit(authorizeUrl, '198.51.100.7')).location!.searchParams.get('error');
    expect(error).toBe('access_denied');
    expect((await endOf({ authorizeUrl })).get('error')).toBe('invalid_request_object');
    const wrong = await signed({ prompt: 'login', jti: 'kept' });
    expect((await endOf(wrong)).get('error')).toBe('invalid_request');
    expect((await endOf(await signed({ jti: 'kept' }))).get('error')).toBeNull();
  });
});

describe('a signature', () => {
  const claimsOf = (): Claims => {
    const { clientId } = gateway.sandbox.application;
    const all = Object.fromEntries(beginSignIn(gateway.sandbox).authorizeUrl.searchParams);
    return { ...all, iss: clientId, aud: gateway.url, iat: now(), exp: now() + 60, jti: randomUUID() };
  };
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  async function errorFor(request: string): Promise<string | null> {
    return (await endOf(beginSignIn(gateway.sandbox, { request }))).get('error');
  }

  test('by none, or by a shared secret, opens nothing', async () => {
    expect(await errorFor(`${base64({ alg: 'none' })}.${base64(claimsOf())}.`)).toBe(
      'invalid_request_object',
    );
    const { privateKeyJwk } = gateway.sandbox.application;
    const { d: _private, ...publicJwk } = privateKeyJwk;
    for (const secret of [JSON.stringify(publicJwk), publicJwk.x!]) {
      const jwt = new SignJWT(claimsOf()).setProtectedHeader({ alg: 'HS256', kid: privateKeyJwk.kid! });
      expect(await errorFor(await jwt.sign(Buffer.from(secret)))).toBe('invalid_request_object');
    }
  });

  test('by a key of somebody else, or one that the header brings along, opens nothing', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = gateway.sandbox.application.privateKeyJwk.kid!;
    for (const header of [
      { kid },
      { jwk: await exportJWK(publicKey) },
      { jku: 'https://evil.example/jwks' },
    ]) {
      const jwt = new SignJWT(claimsOf()).setProtectedHeader({ alg: 'ES256', ...header });
      expect(await errorFor(await jwt.sign(privateKey))).toBe('invalid_request_object');
    }
  });

  test('by either of two keys without a kid is found', async () => {
    const second = await generateKeyPair('ES256', { extractable: true });
    const { privateKeyJwk } = gateway.sandbox.application;
    const { d: _private, ...first } = privateKeyJwk;
    const keys = [{ ...first, kid: undefined }, await exportJWK(second.publicKey)];
    const pool = gateway.app.get(Database, { strict: false }).pool('admin');
    await pool.query('UPDATE applications SET jwks = $1', [{ keys }]);
    await gateway.app.get(Tenants, { strict: false }).load();
    const third = await generateKeyPair('ES256');
    for (const [key, error] of [
      [await importJWK(privateKeyJwk, 'ES256'), null],
      [second.privateKey, null],
      [third.privateKey, 'invalid_request_object'],
    ] as const) {
      const jwt = new SignJWT(claimsOf()).setProtectedHeader({ alg: 'ES256' });
      expect(await errorFor(await jwt.sign(key))).toBe(error);
    }
    await pool.query('UPDATE applications SET jwks = $1', [{ keys: [first] }]);
    await gateway.app.get(Tenants, { strict: false }).load();
  });
});

describe('a request in a form', () => {
  const post = (form: URLSearchParams): Promise<Response> =>
    fetch(`${gateway.url}/authorize`, {
      method: 'POST',
      redirect: 'manual',
      body: form,
      headers: { 'x-forwarded-for': ip },
    });

  test('signs a device in as one in the query does, signed or not', async () => {
    for (const { authorizeUrl } of [await signed(), beginSignIn(gateway.sandbox)]) {
      const answer = await post(authorizeUrl.searchParams);
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([302, []]);
      expect(
        (await endOf({ authorizeUrl: new URL(answer.headers.get('location')!) })).get('code'),
      ).toBeTruthy();
    }
  });

  test('of another type, or of nobody, is answered by a page', async () => {
    const answers = await Promise.all([
      post(new URLSearchParams({ client_id: 'nobody' })),
      fetch(`${gateway.url}/authorize?client_id=x`, { method: 'POST', body: '{}' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
  });
});

describe('a signed request at the backchannel endpoint', () => {
  async function ask(
    claims: Claims = {},
    beside: Record<string, string> = {},
    header: Claims = {},
  ): Promise<TokenAnswer> {
    const asked = { ...(await askFor(gateway.device('camara-2.1'))), ...claims };
    const request = await requestObject(gateway.sandbox, '/bc-authorize', asked, header);
    return bcAuthorize(gateway.sandbox, { request, ...beside });
  }
  const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];

  test.each([
    ['its own URL as audience', () => ({})],
    ['the issuer as audience', () => ({ aud: gateway.url })],
    ['a client_id inside', () => ({ client_id: gateway.sandbox.application.clientId })],
    ['a number for requested_expiry', () => ({ requested_expiry: 60 })],
  ])('with %s gives a token', async (_what, claims: () => Claims) => {
    const { body } = await ask(claims());
    expect((await poll(gateway.sandbox, body['auth_req_id'])).status).toBe(200);
  });

  test.each(WRONG)('%s is invalid_request_object', async (_what, claims, header) => {
    expect(outcome(await ask(claims(), {}, header))).toEqual([400, 'invalid_request_object']);
  });

  test.each([
    ['of the authorization endpoint', () => ({ aud: `${gateway.url}/authorize` }), {}],
    ['with a parameter beside it', () => ({}), { scope: `openid ${PURPOSE} ${VERIFY_SCOPE}` }],
    ['with an unknown parameter beside it', () => ({}), { mccmnc: '99935' }],
  ])('%s is invalid_request_object', async (_what, claims, beside) => {
    expect(outcome(await ask(claims(), beside as Record<string, string>))).toEqual([
      400,
      'invalid_request_object',
    ]);
  });

  test('is no way around client authentication', async () => {
    const nobody = { client_assertion: '', client_assertion_type: '' };
    expect(outcome(await ask({}, nobody))).toEqual([401, 'invalid_client']);
  });

  test('used ten times at once is good once', async () => {
    const asked = await askFor(gateway.device('camara-2.1'));
    const request = await requestObject(gateway.sandbox, '/bc-authorize', asked);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => bcAuthorize(gateway.sandbox, { request })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['error'] === 'invalid_request_object')).toHaveLength(9);
  });
});
