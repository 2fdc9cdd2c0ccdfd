import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { authError } from '../../test/support/sandbox-flows.js';
import { CLIENT_ID, Rig } from '../../test/support/sandbox-rig.js';
import { deviceOf, DIALECT_NAMES, simulated } from '../../test/support/simulated-operators.js';
import { phoneNumberOf } from './devices.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.each(DIALECT_NAMES)('a simulated operator speaking %s', (dialect) => {
  const operator = simulated(dialect);
  const vonage = dialect === 'vonage-v031';
  const number = phoneNumberOf(deviceOf(operator));
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start([operator]);
  });
  afterAll(() => rig.close());
  const verified = async (body: object): Promise<unknown> =>
    (await rig.verify(operator, await rig.accessToken(operator), body)).json();

  it('names itself in its discovery document', async () => {
    const answer = await fetch(`${rig.issuer(operator)}/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({
      issuer: rig.issuer(operator),
      authorization_endpoint: `${rig.issuer(operator)}/authorize`,
      authorization_response_iss_parameter_supported: dialect > 'camara-0.3' && !vonage,
    });
  });

  it('redirects with code, state and the iss its discovery promises', async () => {
    const { status, params } = await rig.authorize(operator, deviceOf(operator));
    expect(status).toBe(302);
    expect(params.get('code')).toMatch(/^[\w-]{43}$/);
    expect(params.get('state')).toBe('state-1');
    expect(params.get('iss')).toBe(dialect === 'camara-0.3' || vonage ? null : rig.issuer(operator));
  });

  it('answers the token call as its real systems do', async () => {
    const { params } = await rig.authorize(operator, deviceOf(operator));
    const answer = await rig.token(operator, params.get('code')!);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const body = (await answer.json()) as { id_token?: string };
    if (vonage) {
      expect(body).toMatchObject({ token_type: 'bearer', expires_in: 29 });
      expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'refresh_token', 'token_type']);
      return;
    }
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: dialect === 'camara-0.3' ? '300' : 300 });
    const keys = createRemoteJWKSet(new URL(`${rig.issuer(operator)}/jwks`));
    const issuer = rig.issuer(operator);
    const { payload } = await jwtVerify(body.id_token!, keys, { issuer, audience: CLIENT_ID });
    expect(payload).toMatchObject({ nonce: 'nonce-1', amr: ['nba'] });
    expect(payload.sub).not.toContain(number.slice(1));
  });

  it("answers true for the device's number and its hash, false for another", async () => {
    const other = '+99003100777';
    expect(await verified({ phoneNumber: number })).toEqual({ devicePhoneNumberVerified: true });
    expect(await verified({ hashedPhoneNumber: sha256(number) })).toEqual({
      devicePhoneNumberVerified: true,
    });
    expect(await verified({ phoneNumber: other })).toEqual({ devicePhoneNumberVerified: false });
    expect(await verified({ hashedPhoneNumber: sha256(other) })).toEqual({
      devicePhoneNumberVerified: false,
    });
  });

  it('takes a hash made without + only up to 0.4', async () => {
    const early = dialect.startsWith('camara-0') || vonage;
    const answer = await verified({ hashedPhoneNumber: sha256(number.slice(1)) });
    expect(answer).toEqual({ devicePhoneNumberVerified: early });
  });

  it('shares the number, where it has the endpoint', async () => {
    if (vonage) {
      expect((await rig.authorize(operator, deviceOf(operator), SHARE_SCOPE)).params.get('error')).toBe(
        'invalid_scope',
      );
      expect((await rig.share(operator, 'none')).status).toBe(404);
      return;
    }
    const answer = await rig.share(
      operator,
      await rig.accessToken(operator, deviceOf(operator), SHARE_SCOPE),
    );
    const bare = dialect === 'camara-0.3' ? number.slice(1) : number;
    expect(await answer.json()).toEqual({ devicePhoneNumber: bare });
  });

  it('takes an access token once, even when the first call was refused', async () => {
    const token = await rig.accessToken(operator);
    expect((await rig.verify(operator, token, { phoneNumber: 'nonsense' })).status).toBe(400);
    const again = await rig.verify(operator, token, { phoneNumber: number });
    expect(again.status).toBe(401);
    expect(await again.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('takes a code once', async () => {
    const { params } = await rig.authorize(operator, deviceOf(operator));
    expect((await rig.token(operator, params.get('code')!)).status).toBe(200);
    const again = await rig.token(operator, params.get('code')!);
    expect(again.status).toBe(400);
    expect(await again.json()).toMatchObject(authError(operator, 400, 'invalid_grant'));
  });

  it('denies the operation a token was not made for', async () => {
    if (vonage) return;
    const answer = await rig.share(
      operator,
      await rig.accessToken(operator, deviceOf(operator), VERIFY_SCOPE),
    );
    expect(await answer.json()).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' });
  });

  it('denies a device of another network', async () => {
    const { params } = await rig.authorize(operator, '10.99.0.1');
    expect(params.get('error')).toBe('access_denied');
    expect(params.get('state')).toBe('state-1');
    expect(params.has('code')).toBe(false);
  });

  it('never redirects to an address nobody registered', async () => {
    const wrong = { redirect_uri: 'https://evil.example/' };
    expect((await rig.authorize(operator, deviceOf(operator), VERIFY_SCOPE, wrong)).status).toBe(400);
    const stranger = { client_id: 'stranger' };
    expect((await rig.authorize(operator, deviceOf(operator), VERIFY_SCOPE, stranger)).status).toBe(400);
  });

  it('refuses any other form of the scope', async () => {
    for (const scope of [
      'openid',
      `dpv:A ${operator.dialect.scopes[VERIFY_SCOPE]}`,
      'openid dpv:A dpv:B#x',
      '',
    ]) {
      const { params } = await rig.authorize(operator, deviceOf(operator), VERIFY_SCOPE, { scope });
      expect([scope, params.get('error')]).toEqual([scope, 'invalid_scope']);
    }
  });

  it('insists on PKCE, nonce and prompt=none where its manifest has them', async () => {
    for (const name of ['code_challenge', 'nonce', 'prompt']) {
      const { params } = await rig.authorize(operator, deviceOf(operator), VERIFY_SCOPE, {
        [name]: undefined,
      });
      expect([name, params.has('code')]).toEqual([name, vonage]);
    }
    if (vonage) return;
    const { params } = await rig.authorize(operator, deviceOf(operator));
    const answer = await rig.token(operator, params.get('code')!, { code_verifier: 'w'.repeat(43) });
    expect(await answer.json()).toMatchObject(authError(operator, 400, 'invalid_grant'));
  });

  it('counts each call, and each use of a token', async () => {
    const before = rig.sandbox.calls.of(operator.id);
    const token = await rig.accessToken(operator);
    await Promise.all(Array.from({ length: 3 }, () => rig.verify(operator, token, { phoneNumber: number })));
    expect(rig.sandbox.calls.of(operator.id)).toBe(before + 3);
    expect(rig.sandbox.calls.perToken(operator.id).at(-1)).toBe(3);
  });

  it('offers its first device', () => {
    const ip = deviceOf(operator);
    expect(rig.sandbox.devices).toEqual([
      {
        operator: operator.id,
        dialect,
        ip,
        phoneNumber: number,
        mccmnc: operator.networks[0],
        operatorTokenUrl: `${rig.issuer(operator)}/operator-token`,
        operatorTokenFlows: { 'camara-2.0': ['ciba'], 'camara-2.1': ['ciba', 'jwt_bearer'] }[dialect] ?? [],
      },
    ]);
  });
});
