import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { JWT_BEARER, operatorTokenOf } from './support/bearer.js';
import { askFor } from './support/ciba.js';
import { GoodJwt, es256 } from './support/forge.js';
import { goodBearerAssertion, goodClientAssertion, goodRequestObject } from './support/good-jwts.js';
import { jwtMutants } from './support/jwt-mutants.js';
import { onslaught } from './support/onslaught.js';
import { Answer, PooledHttp, reasonOf } from './support/pooled-http.js';
import { redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

let gateway: TestGateway;
let http: PooledHttp;
beforeAll(async () => {
  gateway = await startTestGateway({ LOG_LEVEL: 'silent' });
  http = new PooledHttp(gateway.url, 32);
});
afterAll(async () => {
  await http?.close();
  await gateway?.close();
});

const device = () => gateway.device('camara-2.1');
const outcome = (answer: Answer): string => [answer.status, reasonOf(answer)].join(' ').trim();
const asked = (): number => gateway.simulated!.calls.of(device().operator, 'token');
const valid = ({ header, claims, key }: GoodJwt): string => es256(header, claims(), key);
let askedBefore: number;
beforeEach(() => {
  askedBefore = asked();
});

async function freshCode(): Promise<Record<string, string | undefined>> {
  const asp = gateway.sandbox;
  const { authorizeUrl, verifier } = beginSignIn(asp);
  const back = await followAsDevice(authorizeUrl, device().ip, asp.application.redirectUri);
  return redemption(asp, back.searchParams.get('code')!, verifier);
}

test('of 4,500 mutated client assertions none authenticates, and a true one still does', async () => {
  const good = goodClientAssertion(gateway.sandbox, '/token');
  const form = await freshCode();
  const redeem = (jwt: string): Promise<Answer> => http.post('/token', { ...form, client_assertion: jwt });
  const survivors = await onslaught({
    name: 'client assertions',
    count: 4_500,
    mutants: jwtMutants(good),
    send: ({ make }) => redeem(make()),
    refused: (answer) => outcome(answer) === '401 invalid_client',
    describe: ({ kind }) => kind,
  });
  expect(survivors).toEqual([]);
  // The code has waited all the while, and is used up by none of them.
  expect(outcome(await redeem(valid(good)))).toBe('200');
}, 60_000);

test('of 2,500 mutated bearer assertions none reaches the operator, and a true one still does', async () => {
  const subject = `operatortoken:${await operatorTokenOf(device())}`;
  const good = goodBearerAssertion(gateway.sandbox, subject, device().mccmnc!);
  const redeem = (assertion: string): Promise<Answer> =>
    http.post('/token', { grant_type: JWT_BEARER, assertion });
  const survivors = await onslaught({
    name: 'bearer assertions',
    count: 2_500,
    mutants: jwtMutants(good),
    send: ({ make }) => redeem(make()),
    refused: (answer) => ['400 invalid_grant', '401 invalid_client'].includes(outcome(answer)),
    describe: ({ kind }) => kind,
  });
  expect([survivors, asked() - askedBefore]).toEqual([[], 0]);
  expect(outcome(await redeem(valid(good)))).toBe('200');
}, 60_000);

test('of 1,500 mutated request objects none sends a device to the operator, and a true one still does', async () => {
  const { searchParams } = beginSignIn(gateway.sandbox).authorizeUrl;
  const parameters = Object.fromEntries(searchParams);
  const good = goodRequestObject(gateway.sandbox, '/authorize', parameters);
  const { response_type, client_id, redirect_uri, scope } = parameters;
  const plain = new URLSearchParams({ response_type, client_id, redirect_uri, scope } as Record<
    string,
    string
  >);
  const authorize = (request: string): Promise<Answer> =>
    http.get(`/authorize?${plain}&${new URLSearchParams({ request })}`, { 'x-forwarded-for': device().ip });
  const survivors = await onslaught({
    name: 'request objects',
    count: 1_500,
    mutants: jwtMutants(good),
    send: ({ make }) => authorize(make()),
    refused: ({ status, location = '' }) =>
      status === 302 && location.startsWith(`${redirect_uri}?error=invalid_request_object&`),
    describe: ({ kind }) => kind,
  });
  expect(survivors).toEqual([]);
  const { status, location } = await authorize(valid(good));
  expect([status, location]).toEqual([302, expect.stringContaining(`/${device().operator}/authorize?`)]);
}, 60_000);

test('of 1,500 mutated request objects none begins a backchannel authentication, and a true one still does', async () => {
  const good = goodRequestObject(gateway.sandbox, '/bc-authorize', await askFor(device()));
  const proof = goodClientAssertion(gateway.sandbox, '/bc-authorize');
  const ask = (request: string): Promise<Answer> =>
    http.post('/bc-authorize', {
      request,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: valid(proof),
    });
  const survivors = await onslaught({
    name: 'backchannel request objects',
    count: 1_500,
    mutants: jwtMutants(good),
    send: ({ make }) => ask(make()),
    refused: (answer) => outcome(answer) === '400 invalid_request_object',
    describe: ({ kind }) => kind,
  });
  expect([survivors, asked() - askedBefore]).toEqual([[], 0]);
  expect(outcome(await ask(valid(good)))).toBe('200');
}, 60_000);
