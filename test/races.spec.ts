import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { assertionWith, callbackOf, redemption } from './support/sign-in.js';
import { Answer, PooledHttp } from './support/pooled-http.js';
import { ROUNDS, ROUND_MS, expectOneWinner, outcomeOf, rounds } from './support/rounds.js';
import { beginSignIn, followAsDevice, tokenFor } from './support/tokens.js';
import { TwoGateways, startTwoGateways } from './support/two-gateways.js';

const AT_ONCE = 100;

let two: TwoGateways;
let ip: string;
beforeAll(async () => {
  two = await startTwoGateways(AT_ONCE / 2);
  ({ ip } = two.device('camara-2.1'));
}, 60_000);
afterAll(() => two?.close());

/** One race, as often as is asked for. */
function race(name: string, run: () => Promise<void>): void {
  test(name, () => rounds(run), ROUNDS * ROUND_MS);
}

async function freshCode(): Promise<{ code: string; verifier: string }> {
  const { authorizeUrl, verifier } = beginSignIn(two.sandbox);
  const back = await followAsDevice(authorizeUrl, ip, two.sandbox.application.redirectUri);
  return { code: back.searchParams.get('code')!, verifier };
}

describe('a hundred requests at once over two processes', () => {
  race('one code gives exactly one token', async () => {
    const { code, verifier } = await freshCode();
    const forms = await Promise.all(
      Array.from({ length: AT_ONCE }, () => redemption(two.sandbox, code, verifier)),
    );
    const answers = await two.race(AT_ONCE, (at, index) => at.post('/token', forms[index]!));
    expectOneWinner(answers.map(outcomeOf), '200', ['400 invalid_grant']);
  });

  race('one client assertion authenticates exactly once', async () => {
    const { code, verifier } = await freshCode();
    const form = await redemption(two.sandbox, code, verifier);
    const answers = await two.race(AT_ONCE, (at) => at.post('/token', form));
    expectOneWinner(answers.map(outcomeOf), '200', ['401 invalid_client']);
  });

  race('one jti authenticates once, whatever else the assertion says', async () => {
    const jti = randomUUID();
    const codes = await Promise.all(Array.from({ length: 4 }, freshCode));
    const forms = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const { code, verifier } = codes[index % codes.length]!;
        const now = Math.floor(Date.now() / 1000);
        const client_assertion = await assertionWith(two.sandbox, { jti, exp: now + 100 + index });
        return { ...(await redemption(two.sandbox, code, verifier)), client_assertion };
      }),
    );
    const answers = await two.race(AT_ONCE, (at, index) => at.post('/token', forms[index]!));
    expectOneWinner(answers.map(outcomeOf), '200', ['401 invalid_client']);
  });

  race("one state takes the operator's answer exactly once", async () => {
    const { pathname, search } = await callbackOf(beginSignIn(two.sandbox).authorizeUrl, ip);
    const answers = await two.race(AT_ONCE, (at) => at.get(pathname + search, { 'x-forwarded-for': ip }));
    expectOneWinner(answers.map(outcomeOf), '302', ['400']);
    const [won] = answers.filter(({ status }) => status === 302);
    expect(new URL(won!.location!).searchParams.has('code')).toBe(true);
  });

  race('one access token serves exactly one call, of which one row is kept', async () => {
    const token = await tokenFor(two.sandbox, ip);
    const body = JSON.stringify({ phoneNumber: two.device('camara-2.1').phoneNumber });
    const before = await ledgerRows();
    const answers = await two.race(AT_ONCE, (at) => verify(at, token, body));
    expectOneWinner(answers.map(outcomeOf), '200', ['401 UNAUTHENTICATED']);
    expect((await ledgerRows()) - before).toBe(1);
  });
});

function verify(at: PooledHttp, token: string, body: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return at.post('/number-verification/v2/verify', body, headers);
}

async function ledgerRows(): Promise<number> {
  const client = new Client({ connectionString: two.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM usage_ledger');
    return rows[0]!.n;
  } finally {
    await client.end();
  }
}
