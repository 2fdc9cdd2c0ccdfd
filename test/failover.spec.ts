import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Operators } from '../src/operators/operators.js';
import { RoutingRules } from '../src/routing/routing-rules.js';
import { SandboxDevice } from '../src/sandbox/devices.js';
import { Tenants } from '../src/tenants/tenants.js';
import { Metrics } from '../src/telemetry/metrics.js';
import { Upstream } from '../src/upstream/upstream.js';
import { adminOf } from './support/admin.js';
import { bearerToken, operatorTokenOf } from './support/bearer.js';
import { askFor, bcAuthorize, poll } from './support/ciba.js';
import { OperatorDirectory, manifest } from './support/operator-directory.js';
import { visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice, tokenFor } from './support/tokens.js';

const auth = { flows: ['authorization_code'], client: { method: 'private_key_jwt' } };
const DIRECT = manifest({
  id: 'direct',
  alternatives: ['vendor'],
  routes: { cidrs: ['10.41.0.0/16'] },
  networks: ['99941'],
  auth: { ...auth, flows: ['authorization_code', 'ciba', 'jwt_bearer'] },
});
/** In front of the same network, in an older dialect, and without CIBA. */
const VENDOR = manifest({
  id: 'vendor',
  dialect: 'camara-1.0',
  basePath: '/number-verification/v1',
  networks: ['99941'],
  auth,
});
/** A second network, and another way to it for backends, too. */
const HOME = manifest({
  id: 'home',
  dialect: 'camara-2.0',
  alternatives: ['wholesale'],
  routes: { cidrs: ['10.42.0.0/16'] },
  networks: ['99942'],
  auth: { ...auth, flows: ['authorization_code', 'ciba', 'jwt_bearer'] },
});
const WHOLESALE = { ...HOME, id: 'wholesale', dialect: 'camara-2.1', alternatives: [], routes: {} };

const directory = new OperatorDirectory();
let gateway: TestGateway;
let device: SandboxDevice;
beforeAll(async () => {
  directory.write('direct', DIRECT);
  directory.write('vendor', VENDOR);
  directory.write('home', HOME);
  directory.write('wholesale', WHOLESALE);
  gateway = await startTestGateway({ OPERATORS_DIR: directory.path, LOG_LEVEL: 'silent' });
  device = gateway.device('camara-2.1');
});
afterEach(() => {
  for (const target of ['token', 'api'] as const) {
    for (const id of ['direct', 'home']) upstream().force(id, target, undefined);
  }
  switchOff();
});
afterAll(async () => {
  await gateway?.close();
  directory[Symbol.dispose]();
});

const upstream = (): Upstream => gateway.app.get(Upstream);
const calls = (id: string, endpoint?: 'api' | 'token' | 'bc-authorize'): number =>
  gateway.simulated!.calls.of(id, endpoint);

function switchOff(...ids: string[]): void {
  gateway.app.get(Operators).apply(new Map(ids.map((id) => [id, { enabled: false }])));
  gateway.app.get(RoutingRules).remake();
}

async function verify(token: string, { phoneNumber } = device): Promise<unknown> {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber }),
  });
  return answer.json();
}

/** The operator that a sign-in of the device is sent to, or the error that it ends with. */
async function sentTo(extra: Record<string, string> = {}): Promise<string> {
  const { authorizeUrl } = beginSignIn(gateway.sandbox, extra);
  const { location } = await visit(authorizeUrl, device.ip);
  return location!.searchParams.get('error') ?? location!.pathname.split('/')[1]!;
}

/** A token of ours, by a sign-in without redirects. */
const BACKEND = {
  ciba: async (of: SandboxDevice): Promise<string> => {
    const { body } = await bcAuthorize(gateway.sandbox, await askFor(of));
    return String((await poll(gateway.sandbox, body['auth_req_id'])).body['access_token']);
  },
  jwt_bearer: async (of: SandboxDevice): Promise<string> => {
    const claims = { sub: `operatortoken:${await operatorTokenOf(of)}`, operator_id: of.operator };
    return String((await bearerToken(gateway.sandbox, claims)).body['access_token']);
  },
};
const YES = { devicePhoneNumberVerified: true };

describe('an operator whose circuit is open', () => {
  test.each(['token', 'api'] as const)(
    'for its %s gives new sign-ins to its alternative, keeps its own tokens, and gets them back when it closes',
    async (target) => {
      const issued = await tokenFor(gateway.sandbox, device.ip);
      upstream().force('direct', target, 'open');
      const before = { direct: calls('direct'), vendor: calls('vendor') };
      expect(await verify(await tokenFor(gateway.sandbox, device.ip))).toEqual(YES);
      expect([calls('direct'), calls('vendor')]).toEqual([before.direct, before.vendor + 1]);

      upstream().force('direct', 'api', undefined);
      expect(await verify(issued)).toEqual(YES);
      expect([calls('direct'), calls('vendor')]).toEqual([before.direct + 1, before.vendor + 1]);

      upstream().force('direct', target, undefined);
      expect(await verify(await tokenFor(gateway.sandbox, device.ip))).toEqual(YES);
      expect([calls('direct'), calls('vendor')]).toEqual([before.direct + 2, before.vendor + 1]);
    },
  );

  test('gives a CIBA request to nobody who cannot do CIBA', async () => {
    const form = await askFor(device);
    upstream().force('direct', 'token', 'open');
    const answer = await bcAuthorize(gateway.sandbox, form);
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(calls('vendor', 'bc-authorize')).toBe(0);
  });

  test.each(['ciba', 'jwt_bearer'] as const)(
    'gives what comes by %s to an alternative that can do it, and gets it back',
    async (flow) => {
      const home = gateway.device('camara-2.0');
      const issued = await BACKEND[flow](home);
      upstream().force('home', 'token', 'open');
      const before = { home: calls('home'), wholesale: calls('wholesale') };
      expect(await verify(await BACKEND[flow](home), home)).toEqual(YES);
      expect([calls('home'), calls('wholesale')]).toEqual([before.home, before.wholesale + 1]);

      expect(await verify(issued, home)).toEqual(YES);
      upstream().force('home', 'token', undefined);
      expect(await verify(await BACKEND[flow](home), home)).toEqual(YES);
      expect([calls('home'), calls('wholesale')]).toEqual([before.home + 2, before.wholesale + 1]);
    },
  );

  test('is passed for whoever names it or its network, too', async () => {
    expect(await sentTo({ mccmnc: '99941' })).toBe('direct');
    upstream().force('direct', 'token', 'open');
    expect(await sentTo({ operator_id: 'direct' })).toBe('vendor');
  });

  test('answers by itself when its alternative can no more', async () => {
    upstream().force('direct', 'token', 'open');
    upstream().force('vendor', 'token', 'open');
    expect(await sentTo()).toBe('direct');
    upstream().force('vendor', 'token', undefined);
  });
});

test('an operator that is switched off gives sign-ins to its alternative, and none when that one is off, too', async () => {
  switchOff('direct');
  expect(await sentTo()).toBe('vendor');
  switchOff('direct', 'vendor');
  expect(await sentTo()).toBe('access_denied');
  switchOff('vendor');
  expect(await sentTo()).toBe('direct');
});

test('an application that the operator has not approved signs in through the alternative', async () => {
  const approve = async (approval: string): Promise<void> => {
    const sql = `UPDATE operator_registrations SET approval = $1 WHERE operator_id = 'direct'`;
    await gateway.app.get(Database).pool('admin').query(sql, [approval]);
    await gateway.app.get(Tenants).load();
  };
  await approve('pending');
  expect(await sentTo()).toBe('vendor');
  await approve('approved');
  expect(await sentTo()).toBe('direct');
});

test('an error that the operator answers is the answer: no other operator is asked', async () => {
  const failing = device.ip.replace(/\d+\.\d+$/, '255.4');
  const before = calls('vendor', 'token');
  const { authorizeUrl } = beginSignIn(gateway.sandbox);
  const end = await followAsDevice(authorizeUrl, failing, gateway.sandbox.application.redirectUri);
  expect(end.searchParams.get('error')).toBe('server_error');
  expect(calls('vendor', 'token')).toBe(before);
});

test('the explanation names rule, alternative and reason, and the metrics count both', async () => {
  const admin = await adminOf(gateway);
  upstream().force('direct', 'api', 'open');
  await sentTo();
  const { body } = await admin.post('routes/explain', { ip: device.ip });
  expect(body).toMatchObject({
    operatorId: 'vendor',
    rule: 'cidr 10.41.0.0/16 of manifest',
    insteadOf: { operatorId: 'direct', why: 'circuit_open' },
  });
  expect((body['steps'] as unknown[]).at(-1)).toEqual({
    method: 'alternative',
    result: 'resolved',
    rule: 'alternative of direct: circuit_open',
    operatorId: 'vendor',
  });
  const page = await gateway.app.get(Metrics, { strict: false }).renderPlain();
  expect(page).toMatch(/nvgw_routing_decisions_total\{method="ip_cidr",result="alternative"\} [1-9]/);
  expect(page).toMatch(
    /nvgw_routing_detours_total\{operator="direct",alternative="vendor",reason="circuit_open"\} [1-9]/,
  );
});
