import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

/** @returns what redeems one code, as often as it is called, with a new proof each time */
async function freshCode(): Promise<(change?: Record<string, string>) => ReturnType<typeof postToken>> {
  const asp = gateway.sandbox;
  const { authorizeUrl, verifier } = beginSignIn(asp);
  const { ip } = gateway.device('camara-2.1');
  const back = await followAsDevice(authorizeUrl, ip, asp.application.redirectUri);
  const code = back.searchParams.get('code')!;
  return async (change = {}) => postToken(asp, { ...(await redemption(asp, code, verifier)), ...change });
}
async function callWith(token: unknown): Promise<number> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber: gateway.device('camara-2.1').phoneNumber }),
  });
  return answer.status;
}
const operatorCalls = (): number => gateway.simulated!.calls.of(gateway.device('camara-2.1').operator);

test('a code that is used again takes its token with it, before any operator is called', async () => {
  const redeem = await freshCode();
  const { body } = await redeem();
  expect((await redeem()).body['error']).toBe('invalid_grant');
  const before = operatorCalls();
  expect(await callWith(body['access_token'])).toBe(401);
  expect(operatorCalls()).toBe(before);
});

test('of a code used ten times at once nobody keeps a token', async () => {
  const redeem = await freshCode();
  const answers = await Promise.all(Array.from({ length: 10 }, () => redeem()));
  const given = answers.filter(({ status }) => status === 200);
  expect(given).toHaveLength(1);
  expect(await callWith(given[0]!.body['access_token'])).toBe(401);
});

test("another sign-in's token is not touched, nor one whose code somebody else tries without its verifier", async () => {
  const [redeem, other] = [await freshCode(), await freshCode()];
  const [{ body }, kept] = [await redeem(), await other()];
  await redeem();
  expect((await other({ code_verifier: 'x'.repeat(43) })).body['error']).toBe('invalid_grant');
  expect([await callWith(body['access_token']), await callWith(kept.body['access_token'])]).toEqual([
    401, 200,
  ]);
});
