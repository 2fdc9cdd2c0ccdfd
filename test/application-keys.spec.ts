import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { JWK, SignJWT, exportJWK, generateKeyPair, importJWK } from 'jose';
import { Database } from '../src/database/database.js';
import { change } from './support/admin-model.js';
import { JWT_BEARER, bearerAssertion, operatorTokenOf } from './support/bearer.js';
import { askFor, bcAuthorize, poll, requestObject } from './support/ciba.js';
import { TokenAnswer, assertionWith, postToken, redemption, visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { Asp, beginSignIn, followAsDevice, tokenFor } from './support/tokens.js';

let gateway: TestGateway;
let registered: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { kid, kty, crv, x, y } = gateway.sandbox.application.privateKeyJwk;
  registered = JSON.stringify({ keys: [{ kid, kty, crv, x, y }] });
});
afterAll(() => gateway?.close());
afterEach(() =>
  change(gateway, "UPDATE applications SET jwks = $1, jwks_uri = NULL, status = 'active'", [registered]),
);

const device = () => gateway.device('camara-2.1');
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];

async function newKey(kid: string): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    privateJwk: { ...(await exportJWK(privateKey)), kid },
    publicJwk: { ...(await exportJWK(publicKey)), kid },
  };
}
/** The application, signing with another key. */
const signingWith = (privateKeyJwk: JWK): Asp => ({
  issuer: gateway.sandbox.issuer,
  application: { ...gateway.sandbox.application, privateKeyJwk },
});

async function verify(token: unknown): Promise<number> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` },
    body: JSON.stringify({ phoneNumber: device().phoneNumber }),
  });
  return answer.status;
}
async function byBearer(asp: Asp = gateway.sandbox): Promise<TokenAnswer> {
  const claims = { sub: `operatortoken:${await operatorTokenOf(device())}`, operator_id: device().operator };
  const assertion = await bearerAssertion(asp, { claims });
  return postToken(asp, { grant_type: JWT_BEARER, assertion });
}
async function byCiba(asp: Asp = gateway.sandbox): Promise<TokenAnswer> {
  const { body } = await bcAuthorize(asp, await askFor(device()));
  return poll(asp, body['auth_req_id']);
}

describe('a key that is taken away', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['a code', () => tokenFor(gateway.sandbox, device().ip)],
    ['CIBA', async () => (await byCiba()).body['access_token']],
    ['JWT bearer', async () => (await byBearer()).body['access_token']],
  ])('takes the tokens with it that it got by %s, within two seconds', async (_what, token) => {
    const [one, other] = [await token(), await token()];
    expect(await verify(one)).toBe(200);
    const { publicJwk } = await newKey('the next');
    // As another process does it: this one is not told.
    const database = gateway.app.get(Database, { strict: false });
    await database
      .pool('admin')
      .query('UPDATE applications SET jwks = $1', [JSON.stringify({ keys: [publicJwk] })]);
    await sleep(2_500);
    expect(await verify(other)).toBe(401);
  });

  test('is known by its name also where the assertion does not say it', async () => {
    const { code, verifier } = await freshCode();
    const { kid: _none, ...nameless } = gateway.sandbox.application.privateKeyJwk;
    const unnamed = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(gateway.sandbox.application.clientId)
      .setSubject(gateway.sandbox.application.clientId)
      .setAudience(`${gateway.url}/token`)
      .setExpirationTime('60s')
      .sign(await importJWK(nameless, 'ES256'));
    const form = { ...(await redemption(gateway.sandbox, code, verifier)), client_assertion: unnamed };
    const { body } = await postToken(gateway.sandbox, form);
    const { publicJwk } = await newKey('the next');
    await change(gateway, 'UPDATE applications SET jwks = $1', [JSON.stringify({ keys: [publicJwk] })]);
    expect(await verify(body['access_token'])).toBe(401);
  });
});

async function freshCode(asp: Asp = gateway.sandbox): Promise<{ code: string; verifier: string }> {
  const { authorizeUrl, verifier } = beginSignIn(asp);
  const back = await followAsDevice(authorizeUrl, device().ip, asp.application.redirectUri);
  return { code: back.searchParams.get('code')!, verifier };
}

describe('keys that an application publishes itself', () => {
  let server: Server;
  let published: object;
  let asked = 0;
  let path = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      asked += 1;
      response.end(JSON.stringify(published));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** At a URL that was never read. */
  async function publishing(...keys: JWK[]): Promise<void> {
    published = { keys };
    asked = 0;
    path += 1;
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
    await change(gateway, `UPDATE applications SET jwks = '{"keys":[]}', jwks_uri = $1`, [uri]);
  }

  test('authenticate it, and sign its requests, assertions and questions', async () => {
    const { privateJwk, publicJwk } = await newKey('mine');
    await publishing(publicJwk);
    const asp = signingWith(privateJwk);
    const { code, verifier } = await freshCode(asp);
    expect(outcome(await postToken(asp, await redemption(asp, code, verifier)))).toEqual([200, undefined]);
    expect(outcome(await byCiba(asp))).toEqual([200, undefined]);
    expect(outcome(await byBearer(asp))).toEqual([200, undefined]);
    const { authorizeUrl } = beginSignIn(asp);
    const parameters = Object.fromEntries(authorizeUrl.searchParams);
    authorizeUrl.searchParams.set('request', await requestObject(asp, '/authorize', parameters));
    const hop = await visit(authorizeUrl, device().ip);
    expect(hop.location?.searchParams.get('error')).toBeNull();
    expect(asked).toBe(1);
  });

  test('are read again for a new one, and the tokens that it gets are good', async () => {
    const [old, next] = [await newKey('old'), await newKey('next')];
    await publishing(old.publicJwk);
    expect(outcome(await byBearer(signingWith(old.privateJwk)))).toEqual([200, undefined]);
    published = { keys: [next.publicJwk] };
    const { code, verifier } = await freshCode();
    const asp = signingWith(next.privateJwk);
    const answer = await postToken(asp, await redemption(asp, code, verifier));
    expect([answer.status, await verify(answer.body['access_token'])]).toEqual([200, 200]);
    expect(asked).toBe(2);
    expect(outcome(await byBearer(signingWith(old.privateJwk)))).toEqual([400, 'invalid_grant']);
  });

  test('with a private one among them open nothing', async () => {
    const { privateJwk } = await newKey('mine');
    await publishing(privateJwk);
    const asp = signingWith(privateJwk);
    const form = { ...(await redemption(asp, 'x', 'x')), client_assertion: await assertionWith(asp) };
    expect(outcome(await postToken(asp, form))).toEqual([401, 'invalid_client']);
  });
});

describe('a subscription for some countries', () => {
  afterEach(() => change(gateway, "UPDATE subscriptions SET countries = '{}'"));

  test('reaches no operator elsewhere, by any way', async () => {
    await change(gateway, "UPDATE subscriptions SET countries = '{DE}'");
    const { authorizeUrl } = beginSignIn(gateway.sandbox);
    const { location } = await visit(authorizeUrl, device().ip);
    expect(location?.searchParams.get('error')).toBe('access_denied');
    const begun = await bcAuthorize(gateway.sandbox, await askFor(device()));
    expect(outcome(begun)).toEqual([403, 'access_denied']);
    expect(outcome(await byBearer())).toEqual([400, 'invalid_grant']);
  });
});
