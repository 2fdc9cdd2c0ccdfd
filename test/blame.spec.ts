import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Metrics } from '../src/telemetry/metrics.js';
import { Upstream } from '../src/upstream/upstream.js';
import { askFor, bcAuthorize } from './support/ciba.js';
import { postToken, redemption } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ LOG_LEVEL: 'silent' });
});
afterAll(() => gateway?.close());

const CALLBACK = '/upstream/:operatorId/:registrationId/callback';
const CLASSES = ['success', 'client_error', 'operator_error', 'gateway_error'];

/** Answers of a route so far, by class. */
async function counted(route: string): Promise<Record<string, number>> {
  const page = await gateway.app.get(Metrics, { strict: false }).renderPlain();
  const lines = page.split('\n').filter((line) => line.startsWith('nvgw_http_requests_total{'));
  const mine = lines.filter((line) => line.includes(`route="${route}"`));
  const sum = (of: string) =>
    mine
      .filter((line) => line.includes(`outcome_class="${of}"`))
      .reduce((total, line) => total + Number(line.split(' ')[1]), 0);
  return Object.fromEntries(CLASSES.map((one) => [one, sum(one)]));
}

/** What one act adds to the answers of a route. */
async function added(route: string, act: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await counted(route);
  await act();
  const after = await counted(route);
  return Object.fromEntries(
    CLASSES.map((one) => [one, after[one]! - before[one]!]).filter(([, more]) => more !== 0),
  );
}

async function signIn(ip: string, extra: Record<string, string> = {}): Promise<URL> {
  const { authorizeUrl } = beginSignIn(gateway.sandbox, extra);
  return followAsDevice(authorizeUrl, ip, gateway.sandbox.application.redirectUri);
}

const device = () => gateway.device('camara-2.1');
const magic = (code: number) => device().ip.replace(/\d+\.\d+$/, `255.${code}`);
const hold = (mode: 'open' | undefined) => gateway.app.get(Upstream).force(device().operator, 'token', mode);

test('a redirect to the operator, and one with a code, are a success', async () => {
  expect(await added('/authorize', () => signIn(device().ip))).toEqual({ success: 1 });
  expect(await added(CALLBACK, () => signIn(device().ip))).toEqual({ success: 1 });
});

test('a device of no operator is the client’s, though it is told by a redirect', async () => {
  expect(await added('/authorize', () => signIn('198.51.100.7'))).toEqual({ client_error: 1 });
});

test('so is a request that the library itself refuses on the redirect', async () => {
  const asked = () => signIn(device().ip, { scope: 'openid dpv:FraudPreventionAndDetection nothing' });
  expect(await added('/authorize', asked)).toEqual({ client_error: 1 });
});

test('an operator that fails a sign-in has the blame on the redirect home', async () => {
  expect(await added(CALLBACK, () => signIn(magic(4)))).toEqual({ operator_error: 1 });
});

test('an open circuit is the operator’s, by redirect and at the backchannel endpoint', async () => {
  hold('open');
  const form = await askFor(device());
  expect(await added(CALLBACK, () => signIn(device().ip))).toEqual({ operator_error: 1 });
  expect(await added('/bc-authorize', () => bcAuthorize(gateway.sandbox, form))).toEqual({
    operator_error: 1,
  });
  hold(undefined);
});

test('at the token endpoint a code that opens nothing is the client’s', async () => {
  const form = await redemption(gateway.sandbox, 'no-such-code', 'v'.repeat(43));
  expect(await added('/token', () => postToken(gateway.sandbox, form))).toEqual({ client_error: 1 });
});
