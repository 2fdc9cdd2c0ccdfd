import { beforeEach, describe, expect, test } from '@jest/globals';
import { simulated } from '../../test/support/simulated-operators.js';
import { Operator } from '../operators/operator.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from '../upstream/upstream.js';
import { OperatorServers } from './operator-servers.js';

const ISSUER = 'https://idp.operator.example';
const API = 'https://api.operator.example';
const document = (over: Record<string, string> = {}) => ({
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  ...over,
});

let published: object | undefined;
let asked: number;
let nowMs: number;
let metrics: Metrics;
let servers: OperatorServers;
beforeEach(() => {
  published = document();
  asked = 0;
  nowMs = 1_000_000;
  metrics = new Metrics();
  const door = (): Promise<Response> => {
    asked++;
    if (!published) return Promise.reject(new TypeError('fetch failed'));
    const headers = { 'content-type': 'application/json' };
    return Promise.resolve(new Response(JSON.stringify(published), { headers }));
  };
  const upstream = { fetch: () => door } as unknown as Upstream;
  servers = new OperatorServers(upstream, metrics.broker, createLogger('silent'), () => nowMs);
});

function operator(origins: string[] = []): Operator {
  const known = simulated('camara-2.1');
  return { ...known, apiRoot: API, auth: { ...known.auth, issuer: ISSUER, origins } };
}

const tokenEndpoint = async (origins?: string[]): Promise<string | undefined> =>
  (await servers.of(operator(origins))).token_endpoint;

/** Ten minutes and more: the next one asks again, the one after it sees what came of it. */
async function afterRefresh(): Promise<string | undefined> {
  nowMs += 11 * 60_000;
  await tokenEndpoint();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return tokenEndpoint();
}

const counted = async (result: string): Promise<boolean> =>
  new RegExp(`token_cache_operations_total\\{kind="discovery",result="${result}"\\} [1-9]`).test(
    await metrics.renderPlain(),
  );

describe('U43 discovery that suddenly names', () => {
  test.each([
    ['another token endpoint', { token_endpoint: 'https://evil.example/token' }],
    ['another port', { token_endpoint: `${ISSUER}:8443/token` }],
    ['keys of somebody else', { jwks_uri: 'https://evil.example/jwks' }],
    ['another page to sign in', { authorization_endpoint: 'https://evil.example/authorize' }],
    ['another backchannel', { backchannel_authentication_endpoint: 'https://evil.example/bc' }],
    ['another issuer', { issuer: 'https://evil.example' }],
  ])('%s is not believed: the last good document stays, and it shows', async (_what, over) => {
    expect(await tokenEndpoint()).toBe(`${ISSUER}/token`);
    published = document(over);
    expect(await afterRefresh()).toBe(`${ISSUER}/token`);
    expect((await servers.of(operator())).jwks_uri).toBe(`${ISSUER}/jwks`);
    expect(await counted('rejected')).toBe(true);
  });

  test('another origin from the first time on is not believed either', async () => {
    published = document({ token_endpoint: `${API}/token` });
    await expect(tokenEndpoint()).rejects.toMatchObject({ problem: 'operatorRouteBroken', neverSent: true });
  });

  test('an origin that the manifest names is believed', async () => {
    published = document({ token_endpoint: `${API}/token` });
    expect(await tokenEndpoint([API])).toBe(`${API}/token`);
  });

  test('another path of its own is believed', async () => {
    await tokenEndpoint();
    published = document({ token_endpoint: `${ISSUER}/v2/token` });
    expect(await afterRefresh()).toBe(`${ISSUER}/v2/token`);
  });
});

test('a document that cannot be had again is asked for every half minute, not by every sign-in', async () => {
  await tokenEndpoint();
  published = undefined;
  await afterRefresh();
  const before = asked;
  for (let at = 0; at < 10; at++) expect(await tokenEndpoint()).toBe(`${ISSUER}/token`);
  expect(asked).toBe(before);
  nowMs += 31_000;
  await tokenEndpoint();
  expect(asked).toBe(before + 1);
});
