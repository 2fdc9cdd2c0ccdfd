import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { expired, reseal, tokenFor } from './support/tokens.js';

/**
 * The 23 scenarios of NV 2.1.1 (release r4.2), by their tags; those of 2.1.0 (r3.2) are among them. The
 * Background of each feature (content type, token, x-correlator) is in `verify` and `share`.
 */

let gateway: TestGateway;
let ip: string;
let phoneNumber: string;
const OTHER_NUMBER = '+99003500002';

beforeAll(async () => {
  gateway = await startTestGateway();
  ({ ip, phoneNumber } = gateway.device('camara-2.1'));
});

afterAll(() => gateway?.close());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const validToken = (): Promise<string> => tokenFor(gateway.sandbox, ip);

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  correlator: string;
}

async function request(
  method: string,
  path: string,
  headers: Record<string, string | undefined>,
  body?: string,
): Promise<Answer> {
  const correlator = randomUUID();
  const sent: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'x-correlator': correlator,
    ...headers,
  };
  const given = Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await fetch(`${gateway.url}/number-verification/v2${path}`, {
    method,
    headers: given,
    body,
  });
  const answered = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body: answered, correlator };
}

const verify = (token: string | undefined, body?: unknown, headers = {}): Promise<Answer> =>
  request(
    'POST',
    '/verify',
    { authorization: token && `Bearer ${token}`, ...headers },
    body === undefined ? undefined : JSON.stringify(body),
  );

const share = (token: string | undefined, headers = {}): Promise<Answer> =>
  request('GET', '/device-phone-number', { authorization: token && `Bearer ${token}`, ...headers });

function expectSuccess({ status, headers, body, correlator }: Answer, expected: unknown): void {
  expect({ status, body }).toEqual({ status: 200, body: expected });
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('x-correlator')).toBe(correlator);
}

function expectError({ status, headers, body, correlator }: Answer, expected: number, code: string): void {
  expect({ status, body }).toEqual({
    status: expected,
    body: { status: expected, code, message: expect.stringMatching(/\w+ \w+/) },
  });
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('x-correlator')).toBe(correlator);
}

const NOT_MOBILE = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';

describe('phoneNumberVerify', () => {
  test('@phone_number_verify_01_generic_success_scenario', async () => {
    expectSuccess(await verify(await validToken(), { phoneNumber }), { devicePhoneNumberVerified: true });
  });

  test('@phone_number_verify.02_validate_phone_number_success_true', async () => {
    const { body } = await verify(await validToken(), { phoneNumber });
    expect(body.devicePhoneNumberVerified).toBe(true);
  });

  test('@phone_number_verify.03_validate_phone_number_success_false', async () => {
    const answer = await verify(await validToken(), { phoneNumber: OTHER_NUMBER });
    expectSuccess(answer, { devicePhoneNumberVerified: false });
  });

  test('@phone_number_verify.04_validate_hashed_phone_number_success_true', async () => {
    for (const hashedPhoneNumber of [sha256(phoneNumber), sha256(phoneNumber).toUpperCase()]) {
      const answer = await verify(await validToken(), { hashedPhoneNumber });
      expectSuccess(answer, { devicePhoneNumberVerified: true });
    }
  });

  test('@phone_number_verify.05_validate_hashed_phone_number_success_false', async () => {
    const answer = await verify(await validToken(), { hashedPhoneNumber: sha256(OTHER_NUMBER) });
    expectSuccess(answer, { devicePhoneNumberVerified: false });
  });

  test('@phone_number_verify_400.1_no_request_body', async () => {
    const token = await validToken();
    expectError(await verify(token), 400, 'INVALID_ARGUMENT');
    expectError(await verify(token, undefined, { 'content-type': undefined }), 400, 'INVALID_ARGUMENT');
  });

  test('@phone_number_verify_400.2_empty_request_body', async () => {
    expectError(await verify(await validToken(), {}), 400, 'INVALID_ARGUMENT');
  });

  test('@phone_number_verify_400.3_invalid_request_non_existing_property', async () => {
    const answer = await verify(await validToken(), { additional_property: 'foo_value' });
    expectError(answer, 400, 'INVALID_ARGUMENT');
  });

  test('@phone_number_verify_400.4_both_phone_number_and_hashed_in_request', async () => {
    const both = { phoneNumber, hashedPhoneNumber: sha256(phoneNumber) };
    expectError(await verify(await validToken(), both), 400, 'INVALID_ARGUMENT');
  });

  test('@phone_number_verify_401.1_no_authorization_header', async () => {
    const answer = await verify(undefined, { phoneNumber });
    expectError(answer, 401, 'UNAUTHENTICATED');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('@phone_number_verify_401.2_expired_access_token', async () => {
    const token = reseal(gateway, await validToken(), expired());
    expectError(await verify(token, { phoneNumber }), 401, 'UNAUTHENTICATED');
  });

  test('@phone_number_verify_401.3_invalid_access_token', async () => {
    const token = await validToken();
    for (const invalid of [
      'invalid',
      `${token}x`,
      token.slice(0, -2),
      `${token.slice(0, -30)}${token.slice(-20)}`,
    ]) {
      expectError(await verify(invalid, { phoneNumber }), 401, 'UNAUTHENTICATED');
    }
  });

  test('@phoneNumberVerify_403.1_invalid_token_permissions', async () => {
    const token = reseal(gateway, await validToken(), { scopes: [SHARE_SCOPE] });
    expectError(await verify(token, { phoneNumber }), 403, 'PERMISSION_DENIED');
  });

  test('@phoneNumberVerify_403.2_not_authenticated_using_network_or_sim_based_authentication', async () => {
    const token = reseal(gateway, await validToken(), { amr: ['sms', 'otp'] });
    expectError(await verify(token, { phoneNumber }), 403, NOT_MOBILE);
  });

  test('@phone_number_verify_C02.01_phone_number_not_schema_compliant', async () => {
    const token = await validToken();
    const bad = [
      'string_value',
      '1234567890',
      '+12334foo22222',
      '+00012230304913849',
      '123',
      '++49565456787',
    ];
    for (const number of bad) {
      expectError(await verify(token, { phoneNumber: number }), 400, 'INVALID_ARGUMENT');
    }
  });
});

describe('phoneNumberShare', () => {
  test('@phone_number_share_01_generic_success_scenario', async () => {
    expectSuccess(await share(await validToken()), { devicePhoneNumber: phoneNumber });
  });

  test('@phone_number_share_02_success_scenario', async () => {
    const { body } = await share(await validToken());
    expect(body.devicePhoneNumber).toBe(phoneNumber);
  });

  test('@phone_number_share_400.1_invalid_x-correlator', async () => {
    const token = await validToken();
    const answer = await share(token, { 'x-correlator': 'not a valid one' });
    const { 'x-correlator': fresh } = Object.fromEntries(answer.headers);
    expect(fresh).toMatch(/^[0-9a-f-]{36}$/);
    expectError({ ...answer, correlator: fresh! }, 400, 'INVALID_ARGUMENT');
    expectSuccess(await share(token), { devicePhoneNumber: phoneNumber });
  });

  // In 2.1.0 the next three carry the tags of the verify feature, phone_number_verify_401.1 to .3.
  test('@phone_number_share_401.1_no_authorization_header', async () => {
    expectError(await share(undefined), 401, 'UNAUTHENTICATED');
  });

  test('@phone_number_share_401.2_expired_access_token', async () => {
    expectError(await share(reseal(gateway, await validToken(), expired())), 401, 'UNAUTHENTICATED');
  });

  test('@phone_number_share_401.3_invalid_access_token', async () => {
    expectError(await share('invalid'), 401, 'UNAUTHENTICATED');
  });

  test('@phoneNumberShare_403.1_invalid_token_permissions', async () => {
    const token = reseal(gateway, await validToken(), { scopes: [VERIFY_SCOPE] });
    expectError(await share(token), 403, 'PERMISSION_DENIED');
  });

  test('@phoneNumberShare_403.2_not_authenticated_using_network_or_sim_based_authentication', async () => {
    const token = reseal(gateway, await validToken(), { amr: ['pwd'] });
    expectError(await share(token), 403, NOT_MOBILE);
  });
});
