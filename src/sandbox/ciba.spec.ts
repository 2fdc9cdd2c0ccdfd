import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { authError, bcAuthorize, operatorTokenOf, poll } from '../../test/support/sandbox-flows.js';
import { Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, simulated } from '../../test/support/simulated-operators.js';
import { Operator } from '../operators/operator.js';
import { phoneNumberOf } from './devices.js';

const plain = simulated('camara-2.0');
const byAddress = simulated('camara-2.1');
const vonage = simulated('vonage-v031');
const byIssuer = {
  ...simulated('camara-1.0', {
    auth: { flows: ['ciba'], client: { method: 'private_key_jwt', audience: 'issuer' } },
  }),
};
const operators = [plain, byAddress, vonage];

let nowMs = Date.now();
let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start([...operators, byIssuer], () => nowMs);
});
afterAll(() => rig.close());
afterEach(() => {
  nowMs = Date.now();
});

async function hintFor(operator: Operator, ip = deviceOf(operator)): Promise<string> {
  if (operator === vonage) return `tel:${phoneNumberOf(ip)}`;
  return `operatortoken:${await operatorTokenOf(rig, operator, ip)}`;
}
async function begin(operator: Operator): Promise<string> {
  const answer = await bcAuthorize(rig, operator, await hintFor(operator));
  return ((await answer.json()) as { auth_req_id: string }).auth_req_id;
}

describe.each(operators)('CIBA at $name', (operator) => {
  it('answers the first poll with a token for the device that was meant', async () => {
    const begun = await bcAuthorize(rig, operator, await hintFor(operator));
    expect(begun.status).toBe(200);
    expect(begun.headers.get('cache-control')).toBe('no-store');
    const asked = (await begun.json()) as { auth_req_id: string };
    expect(asked).toEqual({
      auth_req_id: expect.stringMatching(/^[\w-]{43}$/),
      expires_in: operator === vonage ? '120' : 120,
      interval: operator === vonage ? '2' : 2,
    });
    const answer = await poll(rig, operator, asked.auth_req_id);
    const { access_token, id_token } = (await answer.json()) as { access_token: string; id_token?: string };
    if (operator !== vonage) expect(decodeJwt(id_token!)['amr']).toEqual(['sim']);
    const own = { phoneNumber: phoneNumberOf(deviceOf(operator)) };
    expect(await (await rig.verify(operator, access_token, own)).json()).toEqual({
      devicePhoneNumberVerified: true,
    });
  });

  it('gives one token for a request, to its own client', async () => {
    const id = await begin(operator);
    const polls = await Promise.all(Array.from({ length: 10 }, () => poll(rig, operator, id)));
    expect(polls.filter(({ status }) => status === 200)).toHaveLength(1);
    const again = await poll(rig, operator, id);
    expect(await again.json()).toMatchObject(authError(operator, 400, 'invalid_grant'));
    expect((await poll(rig, operator, 'nonsense')).status).toBe(400);
  });

  it('ends a request after 120 s', async () => {
    const id = await begin(operator);
    nowMs += 120_001;
    const late = await poll(rig, operator, id);
    expect(await late.json()).toMatchObject(authError(operator, 400, 'expired_token'));
  });

  it.each([
    ['no hint', { login_hint: undefined }, 400, 'invalid_request'],
    ['another hint beside it', { id_token_hint: 'x' }, 400, 'invalid_request'],
    ['an unknown kind of hint', { login_hint: 'mailto:a@b.example' }, 400, 'invalid_request'],
    ['a scope in no form of its own', { scope: 'openid' }, 400, 'invalid_scope'],
    ['nobody to prove itself', { client_assertion: undefined }, 401, 'invalid_client'],
  ])('refuses %s', async (what, changes, status, error) => {
    const proof = what.startsWith('nobody') ? {} : undefined;
    const answer = await bcAuthorize(rig, operator, await hintFor(operator), changes, proof);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(authError(operator, status, error));
  });

  it('counts what came to its endpoints', async () => {
    const { calls } = rig.sandbox;
    const before = [calls.of(operator.id, 'bc-authorize'), calls.of(operator.id, 'token')];
    await poll(rig, operator, await begin(operator));
    const after = [calls.of(operator.id, 'bc-authorize'), calls.of(operator.id, 'token')];
    expect(after).toEqual(before.map((count) => count + 1));
  });
});

describe('the audience of a client assertion', () => {
  it('is the endpoint that is called', async () => {
    const hint = await hintFor(plain);
    const ofToken = await rig.proof(plain, {}, 'token');
    expect((await bcAuthorize(rig, plain, hint, {}, ofToken)).status).toBe(401);
    expect((await bcAuthorize(rig, plain, hint)).status).toBe(200);
  });

  it('is the issuer where the manifest says so', async () => {
    const hint = `operatortoken:${await operatorTokenOf(rig, byIssuer)}`;
    const ofEndpoint = await rig.proof(byIssuer, { aud: `${rig.issuer(byIssuer)}/bc-authorize` });
    expect((await bcAuthorize(rig, byIssuer, hint, {}, ofEndpoint)).status).toBe(401);
    expect((await bcAuthorize(rig, byIssuer, hint)).status).toBe(200);
  });
});

describe('hints', () => {
  const own = phoneNumberOf(deviceOf(vonage));
  it.each([
    [vonage, `tel:${own}`, 200],
    [vonage, 'tel:+99003500001', 404],
    [vonage, 'tel:+9909990094', 404],
    [vonage, own, 400],
    [vonage, 'operatortoken:nonsense', 400],
    [plain, `tel:${phoneNumberOf(deviceOf(plain))}`, 400],
    [plain, `ipport:${deviceOf(plain)}`, 400],
    [byAddress, `ipport:${deviceOf(byAddress)}`, 200],
    [byAddress, `ipport:${deviceOf(byAddress)}:16790`, 200],
    [byAddress, `ipport:${deviceOf(byAddress)}:70000`, 400],
    [byAddress, 'ipport:192.0.2.1', 400],
    [byAddress, 'ipport:[2001:db8::1]:8080', 400],
    [byAddress, 'ipport:nonsense', 400],
    [byAddress, `tel:${phoneNumberOf(deviceOf(byAddress))}`, 400],
    [byAddress, 'operatortoken:nonsense', 400],
  ])('$name answers %s with %s', async (operator, hint, status) => {
    expect((await bcAuthorize(rig, operator, hint)).status).toBe(status);
  });

  it('by address state the network as the way of authentication', async () => {
    const begun = await bcAuthorize(rig, byAddress, `ipport:${deviceOf(byAddress)}:16790`);
    const answer = await poll(rig, byAddress, ((await begun.json()) as { auth_req_id: string }).auth_req_id);
    expect(decodeJwt(((await answer.json()) as { id_token: string }).id_token)['amr']).toEqual(['nba']);
  });
});
