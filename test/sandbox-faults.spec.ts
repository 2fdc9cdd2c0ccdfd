import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../src/contract/number-verification.js';
import { SandboxDevice } from '../src/sandbox/devices.js';
import { Fault } from '../src/sandbox/fault.js';
import { FAULTS } from '../src/sandbox/faults.js';
import { habitsOf } from '../src/sandbox/habits.js';
import { isApiFault, isBackchannelFault, isSignInFault, showsFault } from '../src/sandbox/magic.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice, tokenFor } from './support/tokens.js';

/** What docs/sandbox.md promises of every row, on the gateway's own side. */
const DIALECTS = ['camara-0.3', 'camara-0.4', 'camara-1.0', 'camara-2.0', 'camara-2.1', 'vonage-v031'];
/** Rows that take their time: once is enough. */
const SLOW = [9, 92, 98];
/** After a 429 the gateway leaves that operator alone for some seconds: one row per operator, at the end. */
const PACING = [
  { code: 40, dialect: 'camara-0.3' },
  { code: 41, dialect: 'camara-0.4' },
  { code: 42, dialect: 'camara-2.0' },
  { code: 93, dialect: 'vonage-v031' },
];
/** No answer on the redirect: the device waits; the token call fails. */
const UNANSWERED = [6, 12];
const DEADLINE_MS = 10_000;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const magicIp = ({ ip }: SandboxDevice, code: number): string => ip.replace(/\d+\.\d+$/, `255.${code}`);

const byRedirect = (fault: Fault): boolean => isSignInFault(fault) && !isBackchannelFault(fault);
const isTamed = (fault: Fault): boolean => byRedirect(fault) && fault.northbound === 'a token';
const isRefused = (fault: Fault): boolean => byRedirect(fault) && !isTamed(fault);

function shown(dialect: string, keep: (fault: Fault) => boolean): Fault[] {
  const elsewhere = [...UNANSWERED, ...PACING.map(({ code }) => code)];
  return FAULTS.filter((fault) => showsFault(habitsOf(dialect), fault) && keep(fault))
    .filter(({ code }) => !elsewhere.includes(code))
    .filter(({ code }) => dialect === 'camara-2.1' || !SLOW.includes(code));
}

async function call(
  token: string,
  path: string,
  body?: object,
): Promise<{ outcome: string; retryAfter: string | null }> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const { code } = (await answer.json()) as { code?: string };
  const outcome = code === undefined ? String(answer.status) : `${answer.status} ${code}`;
  return { outcome, retryAfter: answer.headers.get('retry-after') };
}

/** Good calls beside each bad one, so that the operator's circuit stays closed: it opens at one in two. */
async function goodCalls({ ip, phoneNumber }: SandboxDevice): Promise<void> {
  for (let call = 0; call < 2; call += 1) await goodCall(ip, phoneNumber);
}

async function goodCall(ip: string, phoneNumber: string): Promise<void> {
  const { outcome } = await call(await tokenFor(gateway.sandbox, ip), 'verify', { phoneNumber });
  expect(outcome).toBe('200');
}

describe.each(DIALECTS)('a simulated operator of %s', (dialect) => {
  test.each(shown(dialect, isApiFault))('row $code, $shows, is answered $northbound', async (fault) => {
    const device = gateway.device(dialect);
    const phoneNumber = `+99099900${fault.code}`;
    if (fault.northbound.startsWith('50')) await goodCalls(device);
    const seen = await call(await tokenFor(gateway.sandbox, device.ip), 'verify', { phoneNumber });
    expect(seen.outcome).toBe(fault.northbound);
    if (fault.code === 91) expect(seen.retryAfter).toBe('7');
    expect(gateway.simulated!.calls.followedRedirects(device.operator)).toBe(0);
  });

  test.each(shown(dialect, isTamed))('row $code, $shows, does no harm', async (fault) => {
    const device = gateway.device(dialect);
    const token = await tokenFor(gateway.sandbox, magicIp(device, fault.code));
    expect((await call(token, 'verify', { phoneNumber: device.phoneNumber })).outcome).toBe('200');
  });

  test.each(shown(dialect, isRefused))('row $code, $shows, ends in $northbound', async (fault) => {
    const { authorizeUrl } = beginSignIn(gateway.sandbox);
    const { redirectUri } = gateway.sandbox.application;
    const back = await followAsDevice(
      authorizeUrl,
      magicIp(gateway.device(dialect), fault.code),
      redirectUri,
    );
    expect(back.searchParams.get('error')).toBe(fault.northbound);
    expect(back.searchParams.has('code')).toBe(false);
  });
});

test.each(shown('camara-2.1', isApiFault))('row $code by device, share: $shows', async (fault) => {
  const device = gateway.device('camara-2.1');
  if (fault.northbound.startsWith('50')) await goodCalls(device);
  const scope = `openid dpv:FraudPreventionAndDetection ${SHARE_SCOPE}`;
  const token = await tokenFor(gateway.sandbox, magicIp(device, fault.code), { scope });
  const { outcome } = await call(token, 'device-phone-number');
  expect(outcome).toBe(fault.northboundShare ?? fault.northbound);
});

test.each(PACING)(
  'row $code at an operator of $dialect: later calls wait their turn',
  async ({ code, dialect }) => {
    const device = gateway.device(dialect);
    const token = (): Promise<string> => tokenFor(gateway.sandbox, device.ip);
    const [limited, next] = [await token(), await token()];
    const seen = await call(limited, 'verify', { phoneNumber: `+99099900${code}` });
    expect(seen).toEqual({ outcome: '503 UNAVAILABLE', retryAfter: expect.stringMatching(/^[1-9]$/) });
    const before = gateway.simulated!.calls.of(device.operator);
    const later = await call(next, 'verify', { phoneNumber: device.phoneNumber });
    expect(later).toEqual({ outcome: '503 UNAVAILABLE', retryAfter: expect.stringMatching(/^[1-9]$/) });
    expect(gateway.simulated!.calls.of(device.operator)).toBe(before);
  },
);

test.each(DIALECTS)('row 12 of %s: a token with no time left is none', async (dialect) => {
  const sickly = tokenFor(gateway.sandbox, magicIp(gateway.device(dialect), 12));
  await expect(sickly).rejects.toThrow('/token answered 400: {"error":"invalid_grant"');
});

test('row 127: a wider scope of the operator widens nothing', async () => {
  const scope = `openid dpv:FraudPreventionAndDetection ${VERIFY_SCOPE}`;
  const token = await tokenFor(gateway.sandbox, magicIp(gateway.device('camara-2.1'), 127), { scope });
  expect((await call(token, 'device-phone-number')).outcome).toBe('403 PERMISSION_DENIED');
});
