import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { Database } from '../src/database/database.js';
import { Grants } from '../src/grants/grants.js';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { TokenAnswer, callbackOf, chainOf, postToken, redemption, visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

const DIALECTS = ['camara-0.3', 'camara-0.4', 'camara-1.0', 'camara-2.0', 'camara-2.1', 'vonage-v031'];
const PURPOSE = 'dpv:FraudPreventionAndDetection';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const ipOf = (dialect: string): string => gateway.device(dialect).ip;

async function signIn(ip: string, extra: Record<string, string | undefined> = {}): Promise<TokenAnswer> {
  const asp = gateway.sandbox;
  const { verifier, authorizeUrl } = beginSignIn(asp, extra);
  const back = await followAsDevice(authorizeUrl, ip, asp.application.redirectUri);
  expect(back.searchParams.get('error')).toBeNull();
  return postToken(asp, await redemption(asp, back.searchParams.get('code')!, verifier));
}

describe('a device that signs in', () => {
  test.each(DIALECTS)(
    'takes three redirects by 302 and sees no cookie, at an operator of %s',
    async (dialect) => {
      const { state, authorizeUrl } = beginSignIn(gateway.sandbox);
      const hops = await chainOf(authorizeUrl, ipOf(dialect), gateway.sandbox);
      expect(hops.map(({ status }) => status)).toEqual([302, 302, 302]);
      expect(hops.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
      const back = hops[2]!.location!.searchParams;
      expect([...back.keys()].sort()).toEqual(['code', 'iss', 'state']);
      expect([back.get('state'), back.get('iss')]).toEqual([state, gateway.url]);
    },
  );

  test.each(DIALECTS)('gives a token for one call: at most 300 s, no refresh token (%s)', async (dialect) => {
    const { status, headers, body } = await signIn(ipOf(dialect), {
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE} offline_access`,
    });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { access_token: token, expires_in: lifetime } = body as {
      access_token: string;
      expires_in: number;
    };
    expect(body).toEqual({
      access_token: expect.any(String),
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
    });
    // Five seconds less than the operator's own, of which Vonage's live for 29.
    expect(lifetime).toBeGreaterThan(20);
    expect(lifetime).toBeLessThanOrEqual(dialect === 'vonage-v031' ? 24 : 295);
    const grant = gateway.app.get(Grants, { strict: false }).open(`Bearer ${token}`, VERIFY_SCOPE);
    expect(grant).toMatchObject({
      purpose: PURPOSE,
      scopes: [VERIFY_SCOPE],
      clientId: gateway.sandbox.application.clientId,
    });
    expect(grant.operatorId).toBe(gateway.device(dialect).operator);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' });
  });

  test('is the same pairwise subject each time, which does not hold the number', async () => {
    const { ip, phoneNumber } = gateway.device('camara-2.1');
    const claims = [];
    for (const nonce of ['n-1', 'n-2']) {
      const { body } = await signIn(ip, { nonce });
      const keys = createRemoteJWKSet(new URL('/jwks', gateway.url));
      const { payload } = await jwtVerify(String(body['id_token']), keys, {
        issuer: gateway.url,
        audience: gateway.sandbox.application.clientId,
      });
      expect(payload['nonce']).toBe(nonce);
      claims.push(payload);
    }
    expect(claims[0]!.sub).toBe(claims[1]!.sub);
    expect(JSON.stringify(claims)).not.toContain(phoneNumber.slice(4));
    const other = await signIn(ip.replace(/\d+$/, '9'));
    expect(other.body['id_token']).not.toContain(claims[0]!.sub);
  });

  test('gets no id_token when it does not ask for openid, and a nonce is no error', async () => {
    const { status, body } = await signIn(ipOf('camara-2.1'), { scope: `${PURPOSE} ${VERIFY_SCOPE}` });
    expect([status, body['id_token'], body['scope']]).toEqual([200, undefined, `${PURPOSE} ${VERIFY_SCOPE}`]);
  });

  test.each([
    ['the joined scope form', { scope: `openid ${PURPOSE}#number-verification-verify-read` }],
    ['both scopes joined', { scope: `openid ${PURPOSE}#${VERIFY_SCOPE} ${PURPOSE}#${SHARE_SCOPE}` }],
    ['no prompt', { prompt: undefined }],
    ['no state', { state: undefined }],
    ['max_age and acr_values, which are ignored', { max_age: '0', acr_values: 'urn:x' }],
    ['a login_hint, which is not stored', { login_hint: 'tel:+99003500001' }],
    ['a resource that is ours', { resource: 'number-verification' }],
  ])('may ask with %s', async (_what, extra: Record<string, string | undefined>) => {
    const resource = extra['resource'] && `${gateway.url}/${extra['resource']}`;
    expect((await signIn(ipOf('camara-2.1'), { ...extra, resource })).status).toBe(200);
  });
});

describe('toward the operator', () => {
  test("nothing of the ASP's own request is passed on but a wanted hint", async () => {
    const extra = { login_hint: 'tel:+99003200001' };
    const sent: Record<string, URLSearchParams> = {};
    for (const dialect of ['camara-0.4', 'camara-2.1', 'vonage-v031']) {
      const { authorizeUrl, state } = beginSignIn(gateway.sandbox, extra);
      const { location } = await visit(authorizeUrl, ipOf(dialect));
      sent[dialect] = location!.searchParams;
      const own = authorizeUrl.searchParams;
      for (const secret of [
        state,
        own.get('nonce')!,
        own.get('code_challenge')!,
        own.get('client_id')!,
        own.get('redirect_uri')!,
      ]) {
        expect([...location!.searchParams.values()]).not.toContain(secret);
      }
    }
    expect(sent['camara-0.4']!.get('login_hint')).toBe('tel:+99003200001');
    expect(sent['camara-2.1']!.has('login_hint')).toBe(false);
    expect(sent['camara-2.1']!.get('scope')).toBe(`openid ${PURPOSE} ${VERIFY_SCOPE} ${SHARE_SCOPE}`);
    expect(sent['vonage-v031']!.get('scope')).toBe(`openid ${PURPOSE}#number-verification-verify-read`);
    expect([...sent['vonage-v031']!.keys()].sort()).toEqual([
      'client_id',
      'login_hint',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ]);
  });

  test('what is kept between the hops shows neither state, code, hint nor number', async () => {
    const { ip, phoneNumber } = gateway.device('camara-2.1');
    const { authorizeUrl, state } = beginSignIn(gateway.sandbox, { login_hint: `tel:${phoneNumber}` });
    const callback = await callbackOf(authorizeUrl, ip);
    const kept = async (): Promise<string> => {
      const pool = gateway.app.get(Database, { strict: false }).pool('admin');
      const tables = ['broker_transactions', 'oidc_artifacts', 'upstream_sessions'];
      const rows = await Promise.all(tables.map((table) => pool.query(`SELECT * FROM ${table}`)));
      expect(rows.some(({ rowCount }) => rowCount! > 0)).toBe(true);
      return JSON.stringify(rows.map(({ rows }) => rows));
    };
    const before = await kept();
    const { location } = await visit(callback, ip);
    const secrets = [
      state,
      phoneNumber.slice(1),
      callback.searchParams.get('state')!,
      callback.searchParams.get('code')!,
      location!.searchParams.get('code')!,
    ];
    const after = await kept();
    for (const secret of secrets) expect(before + after).not.toContain(secret);
  });
});
