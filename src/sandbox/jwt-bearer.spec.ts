import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeJwt, generateKeyPair, SignJWT } from 'jose';
import { SHARE_SCOPE } from '../contract/number-verification.js';
import { byAssertion, JWT_BEARER, operatorTokenOf } from '../../test/support/sandbox-flows.js';
import { CLIENT_ID, Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, scopeOf, simulated } from '../../test/support/simulated-operators.js';
import { phoneNumberOf } from './devices.js';

const operator = simulated('camara-2.1');
const now = (): number => Math.floor(Date.now() / 1000);

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start([operator]);
});
afterAll(() => rig.close());

const subject = async (ip = deviceOf(operator)): Promise<string> =>
  `operatortoken:${await operatorTokenOf(rig, operator, ip)}`;
type Answer = { access_token: string; error?: string; id_token?: string; scope?: string };
const body = async (answer: Promise<Response>): Promise<Answer> => (await answer).json() as Promise<Answer>;

it('gives a token for the device whose TS.43 token is the subject', async () => {
  const answer = await body(byAssertion(rig, operator, { sub: await subject() }));
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: scopeOf(operator) });
  expect(decodeJwt(answer.id_token!)['amr']).toEqual(['sim']);
  const own = { phoneNumber: phoneNumberOf(deviceOf(operator)) };
  expect(await (await rig.verify(operator, answer.access_token, own)).json()).toEqual({
    devicePhoneNumberVerified: true,
  });
});

it('takes the scope with openid and, as ICM shows it, without', async () => {
  const scope = scopeOf(operator, SHARE_SCOPE).replace('openid ', '');
  const answer = await body(byAssertion(rig, operator, { sub: await subject(), scope }));
  expect(answer.id_token).toBeUndefined();
  const shared = await rig.share(operator, answer.access_token);
  expect(await shared.json()).toEqual({ devicePhoneNumber: phoneNumberOf(deviceOf(operator)) });
});

it.each([
  ['the audience of the issuer', () => ({ aud: rig.issuer(operator) }), 'invalid_grant'],
  ['a list of audiences', () => ({ aud: [`${rig.issuer(operator)}/token`] }), 'invalid_grant'],
  ['an unknown client', () => ({ iss: 'stranger' }), 'invalid_client'],
  ['no jti', () => ({ jti: undefined }), 'invalid_grant'],
  ['more than 300 s to live', () => ({ exp: now() + 400 }), 'invalid_grant'],
  ['more than 300 s between iat and exp', () => ({ iat: now() - 100, exp: now() + 201 }), 'invalid_grant'],
  ['an end that has passed', () => ({ iat: now() - 100, exp: now() - 30 }), 'invalid_grant'],
  ['no scope inside', () => ({ scope: undefined }), 'invalid_scope'],
  ['a scope it does not have', () => ({ scope: 'dpv:A sim-swap:check' }), 'invalid_scope'],
])('refuses %s, and leaves the TS.43 token unspent', async (_what, claims, error) => {
  const sub = await subject();
  const refused = await byAssertion(rig, operator, { sub, ...claims() });
  expect(refused.status).toBe(error === 'invalid_client' ? 401 : 400);
  expect(await refused.json()).toMatchObject({ error });
  expect((await byAssertion(rig, operator, { sub })).status).toBe(200);
});

it.each([
  ['a scope parameter', { scope: scopeOf(operator) }, 'invalid_request'],
  ['a client assertion beside it', { client_assertion: 'x' }, 'invalid_request'],
  ['another client_id than inside', { client_id: 'stranger' }, 'invalid_client'],
])('refuses %s', async (_what, changes, error) => {
  const answer = await body(byAssertion(rig, operator, { sub: await subject() }, changes));
  expect(answer).toMatchObject({ error });
});

it.each([
  ['a phone number', () => `tel:${phoneNumberOf(deviceOf(operator))}`],
  ['an address', () => `ipport:${deviceOf(operator)}`],
  ['the client itself', () => CLIENT_ID],
  ['a token it never gave', () => 'operatortoken:nonsense'],
])('refuses %s as subject', async (_what, sub) => {
  expect(await body(byAssertion(rig, operator, { sub: sub() }))).toMatchObject({ error: 'invalid_grant' });
});

it("refuses a signature by a key that is not the gateway's", async () => {
  const { privateKey } = await generateKeyPair('ES256');
  const claims = { iss: CLIENT_ID, sub: await subject(), aud: `${rig.issuer(operator)}/token`, jti: 'x' };
  const assertion = await new SignJWT({ ...claims, scope: scopeOf(operator), iat: now(), exp: now() + 60 })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(privateKey);
  const answer = await rig.post(operator, 'token', { grant_type: JWT_BEARER, assertion });
  expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
});

it('takes an assertion once, and a TS.43 token once, however many come together', async () => {
  const [sub, other] = [await subject(), await subject()];
  const sameToken = await Promise.all(Array.from({ length: 10 }, () => byAssertion(rig, operator, { sub })));
  expect(sameToken.filter(({ status }) => status === 200)).toHaveLength(1);
  const jti = 'once';
  const sameAssertion = await Promise.all(
    [other, await subject(), await subject()].map((one) => byAssertion(rig, operator, { sub: one, jti })),
  );
  expect(sameAssertion.filter(({ status }) => status === 200)).toHaveLength(1);
});

const magic = async (code: number): Promise<Response> =>
  byAssertion(rig, operator, { sub: await subject(deviceOf(operator, `255.${code}`)) });

it('shows the rows of the token answer by the magic device', async () => {
  expect(await (await magic(122)).json()).toMatchObject({ expires_in: -1 });
  expect(await (await magic(125)).json()).not.toHaveProperty('token_type');
  expect((await magic(8)).status).toBe(500);
});
