import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Configuration, None, allowInsecureRequests, discovery, genericGrantRequest } from 'openid-client';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { Grants } from '../src/grants/grants.js';
import { JWT_BEARER, PURPOSE, bearerAssertion, bearerToken, operatorTokenOf } from './support/bearer.js';
import { TokenAnswer, postToken } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const device = () => gateway.device('camara-2.1');
/** The claims that name the device: its TS.43 token, and the network it is of. */
const ofDevice = async (ip?: string): Promise<Record<string, unknown>> => ({
  sub: `operatortoken:${await operatorTokenOf(device(), ip)}`,
  mccmnc: device().mccmnc,
});
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];
const verify = (token: unknown, phoneNumber: string): Promise<Response> =>
  fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` },
    body: JSON.stringify({ phoneNumber }),
  });
const asked = (): number => gateway.simulated!.calls.of(device().operator, 'token');

const read = async () => {
  const { body } = await bearerToken(gateway.sandbox, await ofDevice());
  return gateway.app
    .get(Grants, { strict: false })
    .open(`Bearer ${String(body['access_token'])}`, VERIFY_SCOPE);
};

describe('a TS.43 token', () => {
  test('becomes a token of ours that verifies the number, once', async () => {
    const { status, headers, body } = await bearerToken(gateway.sandbox, await ofDevice());
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
    expect(body).toMatchObject({ token_type: 'Bearer', scope: `${PURPOSE} ${VERIFY_SCOPE}` });
    expect(body['expires_in']).toBeGreaterThan(0);
    expect(body['expires_in']).toBeLessThanOrEqual(295);

    const answer = await verify(body['access_token'], device().phoneNumber);
    expect([answer.status, await answer.json()]).toEqual([200, { devicePhoneNumberVerified: true }]);
    expect((await verify(body['access_token'], device().phoneNumber)).status).toBe(401);
  });

  test('is found by openid-client as it comes, for the operator that the assertion names', async () => {
    const { clientId } = gateway.sandbox.application;
    const config: Configuration = await discovery(new URL(gateway.url), clientId, undefined, None(), {
      execute: [allowInsecureRequests],
    });
    expect(config.serverMetadata().grant_types_supported).toContain(JWT_BEARER);
    const claims = { ...(await ofDevice()), mccmnc: undefined, operator_id: device().operator };
    const assertion = await bearerAssertion(gateway.sandbox, { claims });
    const { access_token, refresh_token, id_token } = await genericGrantRequest(config, JWT_BEARER, {
      assertion,
    });
    expect([refresh_token, id_token]).toEqual([undefined, undefined]);
    const answer = await verify(access_token, device().phoneNumber);
    expect(await answer.json()).toEqual({ devicePhoneNumberVerified: true });
  });

  test('leaves its mark: authenticated by the SIM, for a subject that is nobody to anybody else', async () => {
    const [one, other] = [await read(), await read()];
    expect(one).toMatchObject({ amr: ['sim'], purpose: PURPOSE, operatorId: device().operator });
    expect(one.scopes).toEqual([VERIFY_SCOPE]);
    expect(one.subject).not.toContain(device().phoneNumber.slice(1));
    expect(one.subject).not.toBe(other.subject);
  });

  test('that was used before is invalid_grant, and the operator was asked once for it', async () => {
    const claims = await ofDevice();
    const before = asked();
    expect(outcome(await bearerToken(gateway.sandbox, claims))).toEqual([200, undefined]);
    expect(outcome(await bearerToken(gateway.sandbox, claims))).toEqual([400, 'invalid_grant']);
    expect(asked() - before).toBe(2);
  });

  test('in a scope of the older form is taken as the same', async () => {
    const scope = `${PURPOSE}#number-verification-share-read`;
    const { body } = await bearerToken(gateway.sandbox, { ...(await ofDevice()), scope });
    expect(body['scope']).toBe(`${PURPOSE} ${SHARE_SCOPE}`);
  });
});

describe('one assertion', () => {
  test('used a hundred times at once gives exactly one token, by one request to the operator', async () => {
    const assertion = await bearerAssertion(gateway.sandbox, { claims: await ofDevice() });
    const before = asked();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => postToken(gateway.sandbox, { grant_type: JWT_BEARER, assertion })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body['error'] === 'invalid_grant')).toHaveLength(99);
    expect(asked() - before).toBe(1);
  });

  test('that was refused for its contents has not used up its jti', async () => {
    const jti = randomUUID();
    const claims = { ...(await ofDevice()), jti };
    const refused = await bearerToken(gateway.sandbox, { ...claims, scope: 'dpv:Marketing unknown' });
    expect(outcome(refused)).toEqual([400, 'invalid_scope']);
    expect(outcome(await bearerToken(gateway.sandbox, claims))).toEqual([200, undefined]);
  });
});

const named = (grant_type: string) => ({ grant_type, client_id: gateway.sandbox.application.clientId });

describe('a name is no authentication', () => {
  test.each([JWT_BEARER, 'authorization_code', 'client_credentials'])(
    'client_id alone is 401 for %s',
    async (grantType) => {
      const answer = await postToken(gateway.sandbox, { ...named(grantType), code: 'x', scope: 'openid' });
      expect(outcome(answer)).toEqual([401, 'invalid_client']);
    },
  );

  test('also while assertions of the same client are on their way', async () => {
    const work = Array.from({ length: 20 }, async () => {
      const good = bearerToken(gateway.sandbox, await ofDevice());
      const bare = ['authorization_code', JWT_BEARER].map((grant) =>
        postToken(gateway.sandbox, { ...named(grant), code: 'x' }),
      );
      return [outcome(await good), ...(await Promise.all(bare)).map(outcome)];
    });
    for (const outcomes of await Promise.all(work)) {
      expect(outcomes).toEqual([
        [200, undefined],
        [401, 'invalid_client'],
        [401, 'invalid_client'],
      ]);
    }
  });
});
