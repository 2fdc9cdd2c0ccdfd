import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { onslaught } from './support/onslaught.js';
import { Answer, PooledHttp } from './support/pooled-http.js';
import { redirectUriMutants } from './support/redirect-uri-mutants.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn } from './support/tokens.js';

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

/** @param redirects `&redirect_uri=…`, encoded, any number of times; @param more that is wrong with the request */
function authorize(redirects: string, more = ''): Promise<Answer> {
  const { pathname, searchParams } = beginSignIn(gateway.sandbox, { redirect_uri: undefined }).authorizeUrl;
  const { ip } = gateway.device('camara-2.1');
  return http.get(`${pathname}?${searchParams}${redirects}${more}`, { 'x-forwarded-for': ip });
}

/** A page of ours that says nothing of what was asked; Node itself refuses a target of more than 8 KiB. */
function isErrorPage({ status, location, body }: Answer): boolean {
  return (status === 400 || status === 431) && location === undefined && !body.includes('evil');
}

test('of two thousand mutated redirect URIs none is redirected to, not even with an error', async () => {
  const registered = gateway.sandbox.application.redirectUri;
  const right = `&redirect_uri=${encodeURIComponent(registered)}`;
  const survivors = await onslaught({
    name: 'redirect URIs',
    count: 2_000,
    mutants: fc.record({
      mutant: redirectUriMutants(registered),
      // An error of its own must not be sent there either.
      more: fc.constantFrom(
        '',
        '',
        '&scope=x',
        '&prompt=login',
        '&response_type=token',
        '&request=e30.e30.e30',
      ),
      beside: fc.constantFrom('nothing', 'nothing', 'nothing', 'the right one before', 'the right one after'),
    }),
    send: ({ mutant, more, beside }) => {
      const given = `&redirect_uri=${mutant.encoded}`;
      const before = beside === 'the right one before' ? right : '';
      const after = beside === 'the right one after' ? right : '';
      return authorize(before + given + after, more);
    },
    refused: isErrorPage,
    describe: ({ mutant: { uri }, more, beside }) =>
      `${JSON.stringify(uri.slice(0, 80))} with ${beside}, and ${more}`,
  });
  expect(survivors).toEqual([]);
  expect((await authorize(right)).status).toBe(302);
}, 60_000);
