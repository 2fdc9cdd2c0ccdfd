import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SHARE_SCOPE } from '../src/contract/number-verification.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice, tokenFor } from './support/tokens.js';

const DIALECTS = ['camara-0.3', 'camara-0.4', 'camara-1.0', 'camara-2.0', 'camara-2.1', 'vonage-v031'];
const ON_WIFI = '192.0.2.10';
const COPY = { id: 'copied-operator', network: '10.77.0.0/16', device: '10.77.3.4', number: '+99007700772' };

let gateway: TestGateway;
let operators: string;

beforeAll(async () => {
  operators = mkdtempSync(join(tmpdir(), 'operators-'));
  cpSync('operators', operators, { recursive: true });
  const copy = join(operators, COPY.id);
  cpSync(join(operators, 'sandbox-camara-2-1'), copy, { recursive: true });
  const manifest = join(copy, 'operator.yaml');
  const text = readFileSync(manifest, 'utf8')
    .replace('id: sandbox-camara-2-1', `id: ${COPY.id}`)
    .replace('10.35.0.0/16', COPY.network);
  writeFileSync(manifest, text);
  gateway = await startTestGateway({ OPERATORS_DIR: operators });
});

afterAll(async () => {
  await gateway.close();
  rmSync(operators, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function call(path: string, token: string, body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

const verified = (devicePhoneNumberVerified: boolean) => ({
  status: 200,
  body: { devicePhoneNumberVerified },
});

describe.each(DIALECTS)('through an operator speaking %s', (dialect) => {
  const token = (scope?: string): Promise<string> =>
    tokenFor(gateway.sandbox, gateway.device(dialect).ip, scope ? { scope } : {});

  it('the device’s own number is true', async () => {
    const { phoneNumber } = gateway.device(dialect);
    expect(await call('verify', await token(), { phoneNumber })).toEqual(verified(true));
  });

  it.each([
    ['lower', (hash: string) => hash],
    ['upper', (hash: string) => hash.toUpperCase()],
  ])('the SHA-256 of its number is true, in %s case', async (_case, spell) => {
    const hashedPhoneNumber = spell(sha256(gateway.device(dialect).phoneNumber));
    expect(await call('verify', await token(), { hashedPhoneNumber })).toEqual(verified(true));
  });

  it('another number is false, plain and hashed', async () => {
    const other = gateway.device(dialect).phoneNumber.replace(/.$/, '8');
    expect(await call('verify', await token(), { phoneNumber: other })).toEqual(verified(false));
    expect(await call('verify', await token(), { hashedPhoneNumber: sha256(other) })).toEqual(
      verified(false),
    );
  });

  it('share is the number, or 422 where the dialect has no share', async () => {
    const answer = await call(
      'device-phone-number',
      await token(`openid dpv:FraudPreventionAndDetection ${SHARE_SCOPE}`),
    );
    if (dialect === 'vonage-v031') {
      expect(answer).toMatchObject({ status: 422, body: { code: 'SERVICE_NOT_APPLICABLE' } });
    } else {
      expect(answer).toEqual({
        status: 200,
        body: { devicePhoneNumber: gateway.device(dialect).phoneNumber },
      });
    }
  });

  it('a token is good for one call, whichever the second is', async () => {
    const { phoneNumber } = gateway.device(dialect);
    const once = await token();
    expect(await call('verify', once, { phoneNumber })).toEqual(verified(true));
    expect(await call('verify', once, { phoneNumber })).toMatchObject({ status: 401 });
    if (dialect !== 'vonage-v031')
      expect(await call('device-phone-number', once)).toMatchObject({ status: 401 });
  });

  it('64 parallel calls with one token reach the operator once; the others get 401', async () => {
    const { operator, phoneNumber } = gateway.device(dialect);
    const once = await token();
    const before = gateway.simulated!.calls.of(operator);
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => call('verify', once, { phoneNumber })),
    );
    expect(answers.filter(({ status }) => status === 200)).toEqual([verified(true)]);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(63);
    expect(gateway.simulated!.calls.of(operator)).toBe(before + 1);
  });
});

it('a device on Wi-Fi gets access_denied at the redirect', async () => {
  const { authorizeUrl, state } = beginSignIn(gateway.sandbox);
  const back = await followAsDevice(authorizeUrl, ON_WIFI, gateway.sandbox.application.redirectUri);
  expect(Object.fromEntries(back.searchParams)).toMatchObject({
    error: 'access_denied',
    state,
    iss: gateway.sandbox.issuer,
  });
  expect(back.searchParams.has('code')).toBe(false);
});

describe('a copied operator folder with a new id and address range', () => {
  it('is listed with a device of its own', () => {
    expect(gateway.sandbox.devices).toContainEqual(
      expect.objectContaining({ operator: COPY.id, dialect: 'camara-2.1', ip: '10.77.0.1' }),
    );
  });

  it('routes and answers without any other edit', async () => {
    const before = gateway.simulated!.calls.of(COPY.id);
    const token = (): Promise<string> => tokenFor(gateway.sandbox, COPY.device);
    expect(await call('verify', await token(), { phoneNumber: COPY.number })).toEqual(verified(true));
    expect(await call('verify', await token(), { phoneNumber: '+99007700001' })).toEqual(verified(false));
    expect(gateway.simulated!.calls.of(COPY.id)).toBe(before + 2);
  });
});
