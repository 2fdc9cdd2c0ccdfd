import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { Operator } from '../operators/operator.js';
import { authError } from '../../test/support/sandbox-flows.js';
import { CLIENT_ID, Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, simulated } from '../../test/support/simulated-operators.js';

const posting = simulated('camara-2.0', {
  auth: { client: { method: 'client_secret_post', secret: 'POSTED' } },
});
const form = simulated('camara-0.3');
const raw = simulated('camara-0.4');
const byIssuer = simulated('camara-1.0');
const byEndpoint = simulated('camara-2.1');
const vonage = simulated('vonage-v031');
const now = (): number => Math.floor(Date.now() / 1000);

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start([posting, form, raw, byIssuer, byEndpoint, vonage]);
});
afterAll(() => rig.close());

type Proof = Awaited<ReturnType<Rig['proof']>>;
async function redeem(
  operator: Operator,
  proof: Proof,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { params } = await rig.authorize(operator, deviceOf(operator));
  const answer = await rig.token(operator, params.get('code')!, {}, proof);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const basic = (text: string): Proof => ({ headers: { authorization: `Basic ${btoa(text)}` } });
const INVALID_CLIENT = { status: 401, body: expect.objectContaining({ error: 'invalid_client' }) };

describe('private_key_jwt', () => {
  it.each([
    ['an audience that is not the one of the manifest', () => ({ aud: rig.issuer(byEndpoint) })],
    ['the audience in a list', () => ({ aud: [`${rig.issuer(byEndpoint)}/token`] })],
    ['another issuer than subject', () => ({ sub: 'somebody' })],
    ['more than 300 s to live', () => ({ exp: now() + 400 })],
    ['an end that has passed', () => ({ iat: now() - 100, exp: now() - 30 })],
    ['no jti', () => ({ jti: undefined })],
    ['an unknown client', () => ({ iss: 'stranger', sub: 'stranger' })],
  ])('refuses an assertion with %s', async (_what, claims) => {
    expect(await redeem(byEndpoint, await rig.proof(byEndpoint, claims()))).toEqual(INVALID_CLIENT);
  });

  it('wants the issuer as audience where the manifest says so', async () => {
    expect((await redeem(byIssuer, await rig.proof(byIssuer))).status).toBe(200);
    const endpoint = { aud: `${rig.issuer(byIssuer)}/token` };
    expect(await redeem(byIssuer, await rig.proof(byIssuer, endpoint))).toEqual(INVALID_CLIENT);
  });

  it('takes an assertion once', async () => {
    const proof = await rig.proof(byEndpoint);
    expect((await redeem(byEndpoint, proof)).status).toBe(200);
    expect(await redeem(byEndpoint, proof)).toEqual(INVALID_CLIENT);
  });

  it("refuses a signature by a key that is not the gateway's", async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const claims = { iss: CLIENT_ID, sub: CLIENT_ID, aud: `${rig.issuer(byEndpoint)}/token`, jti: 'x' };
    const client_assertion = await new SignJWT({ ...claims, iat: now(), exp: now() + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey);
    const good = await rig.proof(byEndpoint);
    expect(await redeem(byEndpoint, { form: { ...good.form, client_assertion } })).toEqual(INVALID_CLIENT);
  });

  it('refuses a call without any proof, and leaves the code unused', async () => {
    const { params } = await rig.authorize(byEndpoint, deviceOf(byEndpoint));
    expect((await rig.token(byEndpoint, params.get('code')!, {}, {})).status).toBe(401);
    expect((await rig.token(byEndpoint, params.get('code')!)).status).toBe(200);
  });
});

describe('shared secrets', () => {
  it.each([form, raw, posting])('of $name: refuses a wrong one', async (operator) => {
    const { headers, form } = await rig.proof(operator);
    expect((await redeem(operator, { headers, form })).status).toBe(200);
    const wrong = headers
      ? { headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:wrong`)}` } }
      : { form: { ...form!, client_secret: 'wrong' } };
    const { status, body } = await redeem(operator, wrong);
    expect({ status, body }).toEqual({
      status: 401,
      body: expect.objectContaining(authError(operator, 401, 'invalid_client')),
    });
  });

  it('takes Basic credentials in the one encoding of the manifest', async () => {
    const [ofForm, ofRaw] = [await rig.proof(form), await rig.proof(raw)].map(({ headers }) =>
      atob(headers!['authorization']!.slice(6)),
    ) as [string, string];
    expect((await redeem(form, basic(decodeURIComponent(ofForm)))).status).toBe(401);
    expect(await redeem(raw, basic(ofRaw.replace(/[^:\w-]/g, encodeURIComponent)))).toEqual(INVALID_CLIENT);
  });
});

describe("Vonage's application JWT", () => {
  it.each([
    ['more than 900 s to live', () => ({ exp: now() + 1_000 })],
    ['an unknown application', () => ({ application_id: 'stranger' })],
    ['no application', () => ({ application_id: undefined })],
  ])('is refused with %s, as problem+json', async (_what, claims) => {
    const { status, body } = await redeem(vonage, await rig.proof(vonage, claims()));
    expect(status).toBe(401);
    expect(body).toMatchObject({
      type: 'https://developer.nexmo.com/api-errors#unauthorized',
      title: 'Invalid credentials supplied',
    });
  });

  it('is refused when another key signed it', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const jwt = await new SignJWT({ application_id: CLIENT_ID, iat: now(), exp: now() + 60, jti: 'y' })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(privateKey);
    expect((await redeem(vonage, { headers: { authorization: `Bearer ${jwt}` } })).status).toBe(401);
  });
});
