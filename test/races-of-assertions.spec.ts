import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { JWT_BEARER, bearerAssertion, operatorTokenOf } from './support/bearer.js';
import { CIBA, askFor, bcAuthorize, proofAt, requestObject } from './support/ciba.js';
import { ROUNDS, ROUND_MS, errorOnRedirect, expectOneWinner, outcomeOf, rounds } from './support/rounds.js';
import { beginSignIn } from './support/tokens.js';
import { TwoGateways, startTwoGateways } from './support/two-gateways.js';

const AT_ONCE = 100;

let two: TwoGateways;
beforeAll(async () => {
  two = await startTwoGateways(AT_ONCE / 2);
}, 60_000);
afterAll(() => two?.close());

const device = () => two.device('camara-2.1');
const many = <T>(make: (index: number) => T): T[] =>
  Array.from({ length: AT_ONCE }, (_, index) => make(index));

/** One race, as often as is asked for. */
function race(name: string, run: () => Promise<void>): void {
  test(name, () => rounds(run), ROUNDS * ROUND_MS);
}

describe('a hundred requests at once over two processes', () => {
  race('one bearer assertion gives exactly one token', async () => {
    const claims = { sub: `operatortoken:${await operatorTokenOf(device())}`, mccmnc: device().mccmnc };
    const form = { grant_type: JWT_BEARER, assertion: await bearerAssertion(two.sandbox, { claims }) };
    const answers = await two.race(AT_ONCE, (at) => at.post('/token', form));
    expectOneWinner(answers.map(outcomeOf), '200', ['400 invalid_grant']);
  });

  race('one jti of bearer assertions asks the operator once, whatever else they say', async () => {
    // Each with a device token of its own, which the operator would take.
    const jti = randomUUID();
    const forms = await Promise.all(
      many(async (index) => {
        const sub = `operatortoken:${await operatorTokenOf(device(), device().ip.replace(/\d+$/, String(index + 1)))}`;
        const claims = { sub, mccmnc: device().mccmnc, jti };
        return { grant_type: JWT_BEARER, assertion: await bearerAssertion(two.sandbox, { claims }) };
      }),
    );
    const answers = await two.race(AT_ONCE, (at, index) => at.post('/token', forms[index]!));
    expectOneWinner(answers.map(outcomeOf), '200', ['400 invalid_grant']);
  });

  race(
    'one auth_req_id gives exactly one token; the others are told to wait or that it is used',
    async () => {
      const { body } = await bcAuthorize(two.sandbox, await askFor(device()));
      const forms = await Promise.all(
        many(async () => ({
          grant_type: CIBA,
          auth_req_id: String(body['auth_req_id']),
          ...(await proofAt(two.sandbox, '/token')),
        })),
      );
      const answers = await two.race(AT_ONCE, (at, index) => at.post('/token', forms[index]!));
      expectOneWinner(answers.map(outcomeOf), '200', ['400 slow_down', '400 invalid_grant']);
    },
  );

  race('one request object opens exactly one sign-in', async () => {
    const parameters = Object.fromEntries(beginSignIn(two.sandbox).authorizeUrl.searchParams);
    const { response_type, client_id, redirect_uri, scope } = parameters as Record<string, string>;
    const request = await requestObject(two.sandbox, '/authorize', parameters);
    const query = new URLSearchParams({
      response_type: response_type!,
      client_id: client_id!,
      redirect_uri: redirect_uri!,
      scope: scope!,
      request,
    });
    const answers = await two.race(AT_ONCE, (at) =>
      at.get(`/authorize?${query}`, { 'x-forwarded-for': device().ip }),
    );
    expectOneWinner(answers.map(errorOnRedirect), 'none', ['invalid_request_object']);
  });

  race('one request object opens exactly one backchannel authentication', async () => {
    const request = await requestObject(two.sandbox, '/bc-authorize', await askFor(device()));
    const forms = await Promise.all(
      many(async () => ({ request, ...(await proofAt(two.sandbox, '/bc-authorize')) })),
    );
    const answers = await two.race(AT_ONCE, (at, index) => at.post('/bc-authorize', forms[index]!));
    expectOneWinner(answers.map(outcomeOf), '200', ['400 invalid_request_object']);
  });
});
