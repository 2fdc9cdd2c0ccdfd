import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { PURPOSE, bearerToken } from './support/bearer.js';
import { bcAuthorize } from './support/ciba.js';
import { Recorded, RecordingOperator, startRecordingOperator } from './support/recording-operator.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

const HINT = 'operatortoken:of-some-device';

let operator: RecordingOperator;
let gateway: TestGateway;
beforeAll(async () => {
  operator = await startRecordingOperator();
  gateway = await startTestGateway({ SANDBOX_URL: operator.url, LOG_LEVEL: 'silent' });
});
beforeEach(() => {
  operator.sent.length = 0;
});
afterAll(async () => {
  await gateway?.close();
  await operator?.close();
});

const device = () => gateway.device('camara-2.1');
const endpoint = (path: string): string => `${operator.url}/${device().operator}${path}`;
const sentTo = (path: string): Recorded[] => operator.sent.filter((one) => one.path === path);
const names = ({ form }: Recorded): string[] => [...form.keys()].sort();

/** Every claim of an assertion that has times, whose times are right. */
function timely(jwt: string): Record<string, unknown> {
  const { iat, exp, jti, nbf, ...rest } = decodeJwt(jwt);
  const now = Math.floor(Date.now() / 1000);
  expect(iat).toBeLessThanOrEqual(now);
  expect(nbf ?? iat).toBeLessThanOrEqual(now);
  expect(exp).toBeGreaterThan(now);
  expect(exp! - iat!).toBeLessThanOrEqual(300);
  expect(jti!.length).toBeGreaterThanOrEqual(22);
  expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', kid: expect.any(String) });
  return rest;
}

describe('toward an operator we are a client that', () => {
  test('asks for a backchannel authentication by login_hint only', async () => {
    const { status } = await bcAuthorize(gateway.sandbox, {
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      login_hint: HINT,
      operator_id: device().operator,
      binding_message: 'x',
      requested_expiry: '60',
      acr_values: '2',
    });
    expect(status).toBe(200);
    const [asked] = sentTo('/bc-authorize');
    expect(names(asked!)).toEqual([
      'client_assertion',
      'client_assertion_type',
      'client_id',
      'login_hint',
      'scope',
    ]);
    expect(asked!.form.get('login_hint')).toBe(HINT);
    expect(asked!.form.get('scope')).toBe(`openid ${PURPOSE} ${VERIFY_SCOPE}`);
  });

  test('authenticates at the backchannel endpoint and at each poll, by assertions of their own', async () => {
    await bcAuthorize(gateway.sandbox, {
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      login_hint: HINT,
      operator_id: device().operator,
    });
    const [asked] = sentTo('/bc-authorize');
    const [poll] = sentTo('/token');
    const proofs = [asked!, poll!].map(({ form }) => form.get('client_assertion')!);
    expect(new Set(proofs.map((jwt) => decodeJwt(jwt).jti)).size).toBe(2);
    const clientId = asked!.form.get('client_id');
    expect(proofs.map(timely)).toEqual([
      { iss: clientId, sub: clientId, aud: endpoint('/bc-authorize') },
      { iss: clientId, sub: clientId, aud: endpoint('/token') },
    ]);
    expect(clientId).not.toBe(gateway.sandbox.application.clientId);
  });

  test('asks by an assertion with all its claims and no scope beside it', async () => {
    const { status } = await bearerToken(gateway.sandbox, { sub: HINT, mccmnc: device().mccmnc });
    expect(status).toBe(200);
    const [asked] = sentTo('/token');
    expect(names(asked!)).toEqual(['assertion', 'grant_type']);
    expect(asked!.headers.authorization).toBeUndefined();
    expect(timely(asked!.form.get('assertion')!)).toEqual({
      iss: expect.any(String),
      sub: HINT,
      aud: endpoint('/token'),
      scope: `${PURPOSE} ${VERIFY_SCOPE}`,
    });
  });
});
