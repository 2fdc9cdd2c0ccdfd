import { generateKeyPairSync } from 'node:crypto';
import { HttpService } from '@nestjs/axios';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { create } from 'axios';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import {
  RoutingService,
  failureOf,
  json,
  operator,
  startRoutingService,
} from '../../test/support/routing-service.js';
import { Secret } from '../contract/secret.js';
import { LimitedHttp } from './limited-http.js';
import { Lookup, ServiceClient } from './lookup.js';
import { methodFor } from './service-tokens.js';
import { TelcoFinder } from './telco-finder.js';

const Answer = z.object({ found: z.boolean() });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (pair: typeof ec): Secret =>
  new Secret(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());

let server: RoutingService;
let nowMs: number;
let http: LimitedHttp;
let issued: number;
let expiresIn: unknown;
/** Tokens that the service takes. */
let good: (token: string) => boolean;

beforeEach(async () => {
  issued = 0;
  expiresIn = 300;
  nowMs = 1_000_000;
  good = () => true;
  server = await startRoutingService((asked, response) => {
    if (asked.path === 'POST /token') {
      const token = { access_token: `token-${++issued}`, token_type: 'Bearer', expires_in: expiresIn };
      return json(token)(asked, response);
    }
    const token = asked.authorization?.replace('Bearer ', '') ?? '';
    return good(token) ? json({ found: true })(asked, response) : json({}, 401)(asked, response);
  });
  http = new LimitedHttp(new HttpService(create()), () => nowMs);
});
afterEach(() => server.close());

const client = (over: Partial<ServiceClient> = {}): ServiceClient => ({
  method: 'client_secret_basic',
  tokenUrl: `${server.url}/token`,
  clientId: 'gate way',
  secret: new Secret('a b&c'),
  scope: 'telcofinder',
  ...over,
});
const lookup = (over: Partial<Lookup> = {}): Lookup => ({
  url: `${server.url}/search`,
  body: {},
  token: undefined,
  client: client(),
  deadlineMs: 1_500,
  maxBytes: 1024,
  ...over,
});
const ask = (over?: Partial<Lookup>): Promise<unknown> => http.read(lookup(over), Answer);
const at = (path: string) => server.asked.filter((one) => one.path === `POST ${path}`);

describe('a routing service that wants a token', () => {
  test('gets one of ours, by client credentials with Basic', async () => {
    expect(await ask()).toEqual({ found: true });
    expect(at('/token')).toEqual([
      {
        path: 'POST /token',
        authorization: `Basic ${Buffer.from('gate+way:a+b%26c').toString('base64')}`,
        body: { grant_type: 'client_credentials', scope: 'telcofinder' },
      },
    ]);
    expect(at('/search')).toMatchObject([{ authorization: 'Bearer token-1' }]);
  });

  test.each([
    ['ES256', ec],
    ['RS256', rsa],
  ])('gets one by an assertion of ours, %s', async (alg, pair) => {
    await ask({ client: client({ method: 'private_key_jwt', secret: pem(pair), keyId: 'k1' }) });
    const [{ authorization, body }] = at('/token') as unknown as [
      { authorization: unknown; body: Record<string, string> },
    ];
    expect(authorization).toBeUndefined();
    const { payload, protectedHeader } = await jwtVerify(body['client_assertion']!, pair.publicKey);
    expect(protectedHeader).toMatchObject({ alg, kid: 'k1' });
    expect(payload).toMatchObject({
      iss: 'gate way',
      sub: 'gate way',
      aud: `${server.url}/token`,
      jti: expect.any(String),
    });
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(300);
  });

  test('costs one token call, however many ask at once, and none while the token lives', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    nowMs += 269_000;
    await ask();
    expect(issued).toBe(1);
    nowMs += 2_000;
    await ask();
    expect(issued).toBe(2);
  });

  test.each([
    ['a string', '300', 200_000],
    ['nothing', undefined, 50_000],
    ['nonsense', -1, 50_000],
  ])('whose answer says %s about its time is believed within reason', async (_what, said, livesMs) => {
    expiresIn = said;
    await ask();
    nowMs += livesMs;
    await ask();
    expect(issued).toBe(1);
  });

  test('other clients have other tokens', async () => {
    await ask();
    await ask({ client: client({ scope: 'telcorouting' }) });
    await ask({ client: client({ clientId: 'other' }) });
    expect(issued).toBe(3);
  });
});

describe('a token that the service no longer takes', () => {
  test('is replaced once, by one token call for all who meet it', async () => {
    await ask();
    good = (token) => token !== 'token-1';
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers).toEqual(Array.from({ length: 20 }, () => ({ found: true })));
    expect(issued).toBe(2);
  });

  test('is not replaced again and again', async () => {
    good = () => false;
    expect((await failureOf(ask())).reason).toBe('unauthorized');
    expect(issued).toBe(2);
    expect(at('/search')).toHaveLength(2);
  });
});

describe('without a token nobody is asked', () => {
  test.each([
    ['refuses us', json({ error: 'invalid_client' }, 401), 'unauthorized'],
    ['fails', json({}, 500), 'status'],
    [
      'redirects',
      (_: unknown, response: Parameters<RoutingService['answer']>[1]) =>
        response.writeHead(302, { location: '/x' }).end(),
      'redirected',
    ],
    ['talks nonsense', json({ token: 'x' }), 'garbage'],
    [
      'gives a token of another kind',
      json({ access_token: 'x', token_type: 'DPoP', expires_in: 60 }),
      'garbage',
    ],
  ] as const)('when the token endpoint %s; the next one tries again', async (_what, answer, reason) => {
    const healthy = server.answer;
    server.answer = answer;
    expect((await failureOf(ask())).reason).toBe(reason);
    expect(at('/search')).toEqual([]);
    server.answer = healthy;
    expect(await ask()).toEqual({ found: true });
  });

  test('or when the key is none', async () => {
    const broken = client({ method: 'private_key_jwt', secret: new Secret('no key') });
    expect((await failureOf(ask({ client: broken }))).reason).toBe('secret_missing');
    expect(server.asked).toEqual([]);
  });
});

test('a Telco Finder is asked as its manifest says, with the secret of that name', async () => {
  const telcoFinder = {
    url: server.url,
    client: {
      method: 'client_secret_basic',
      tokenUrl: `${server.url}/token`,
      clientId: 'us',
      secret: 'FINDER',
    },
  } as const;
  const one = operator('one', { telcoFinder });
  const search = (secrets: [string, Secret][]) =>
    new TelcoFinder(http, [one], new Map(secrets)).search(one, { ip: '100.64.0.9' });
  expect((await failureOf(search([]))).reason).toBe('secret_missing');
  const tokens = server.answer;
  server.answer = (asked, response) =>
    asked.path === 'POST /token' ? tokens(asked, response) : json({ operatorId: 'one' })(asked, response);
  expect((await search([['FINDER', new Secret('s')]]))?.id).toBe('one');
  expect(server.asked.at(-1)).toMatchObject({ authorization: 'Bearer token-1' });
});

test('an unnamed secret is a key when it looks like one', () => {
  expect([methodFor(pem(ec)), methodFor(new Secret('s'))]).toEqual([
    'private_key_jwt',
    'client_secret_basic',
  ]);
});
