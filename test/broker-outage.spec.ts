import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { bearerAssertion, JWT_BEARER, operatorTokenOf } from './support/bearer.js';
import { askFor, bcAuthorize, poll } from './support/ciba.js';
import { TokenAnswer, assertionWith, callbackOf, postToken, redemption, visit } from './support/sign-in.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { TestDatabase, createTestDatabase } from './support/test-database.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn, followAsDevice } from './support/tokens.js';

let database: TestDatabase;
let proxy: TcpProxy;
let gateway: TestGateway;

async function start(env: Record<string, string> = {}): Promise<void> {
  database = await createTestDatabase();
  proxy = await TcpProxy.to(database.url);
  gateway = await startTestGateway({ DATABASE_URL: proxy.url(database.url), LOG_LEVEL: 'silent', ...env });
}
async function stop(): Promise<void> {
  proxy?.set('whole');
  await gateway?.close();
  await proxy?.close();
  await database?.drop();
}

const ip = (): string => gateway.device('camara-2.1').ip;
const outcome = ({ status, body }: TokenAnswer): unknown[] => [status, body['error']];

interface Code {
  code: string;
  verifier: string;
}
async function codeFor(): Promise<Code> {
  const { authorizeUrl, verifier } = beginSignIn(gateway.sandbox);
  const back = await followAsDevice(authorizeUrl, ip(), gateway.sandbox.application.redirectUri);
  return { code: back.searchParams.get('code') ?? back.search, verifier };
}
const redeem = async ({ code, verifier }: Code): Promise<TokenAnswer> =>
  postToken(gateway.sandbox, await redemption(gateway.sandbox, code, verifier));

async function byBearer(assertion?: string): Promise<TokenAnswer> {
  const device = gateway.device('camara-2.1');
  const claims = { sub: `operatortoken:${await operatorTokenOf(device)}`, operator_id: device.operator };
  return postToken(gateway.sandbox, {
    grant_type: JWT_BEARER,
    assertion: assertion ?? (await bearerAssertion(gateway.sandbox, { claims })),
  });
}
async function byCiba(): Promise<TokenAnswer> {
  const { body } = await bcAuthorize(gateway.sandbox, await askFor(gateway.device('camara-2.1')));
  return poll(gateway.sandbox, body['auth_req_id']);
}

/** Until a sign-in can again be kept in Postgres. */
async function restored(): Promise<void> {
  proxy.set('whole');
  await sleep(2_500);
}

describe('by policy open', () => {
  beforeAll(() => start());
  afterAll(stop);
  afterEach(restored);

  describe.each(['cut', 'frozen', 'mute'] as const)('while the connection to Postgres is %s', (link) => {
    test('every way to a token goes on', async () => {
      proxy.set(link);
      expect(outcome(await redeem(await codeFor()))).toEqual([200, undefined]);
      expect(outcome(await byCiba())).toEqual([200, undefined]);
      expect(outcome(await byBearer())).toEqual([200, undefined]);
    });

    test('nobody waits for what is known to be away', async () => {
      proxy.set(link);
      await byBearer();
      const beganAtMs = performance.now();
      for (let i = 0; i < 20; i += 1) expect(outcome(await byBearer())).toEqual([200, undefined]);
      // Each would wait for half a second at least, at every one of its statements.
      expect(performance.now() - beganAtMs).toBeLessThan(8_000);
    });

    test('an assertion, a code and a state are accepted once', async () => {
      proxy.set(link);
      const { code, verifier } = await codeFor();
      const forms = await Promise.all(
        Array.from({ length: 20 }, () => redemption(gateway.sandbox, code, verifier)),
      );
      const answers = await Promise.all(forms.map((form) => postToken(gateway.sandbox, form)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);

      const client_assertion = await assertionWith(gateway.sandbox);
      const again = { ...(await redemption(gateway.sandbox, 'x', 'x'.repeat(43))), client_assertion };
      const tries = await Promise.all(Array.from({ length: 20 }, () => postToken(gateway.sandbox, again)));
      expect(tries.filter(({ body }) => body['error'] !== 'invalid_client')).toHaveLength(1);

      const callback = await callbackOf(beginSignIn(gateway.sandbox).authorizeUrl, ip());
      const visits = await Promise.all(Array.from({ length: 10 }, () => visit(callback, ip())));
      expect(visits.filter(({ status }) => status === 302)).toHaveLength(1);
    });
  });

  test('what was used during an outage is still used after it', async () => {
    proxy.set('cut');
    const code = await codeFor();
    const form = await redemption(gateway.sandbox, code.code, code.verifier);
    expect(outcome(await postToken(gateway.sandbox, form))).toEqual([200, undefined]);
    await restored();
    expect(outcome(await postToken(gateway.sandbox, form))).toEqual([401, 'invalid_client']);
    expect(outcome(await redeem(code))).toEqual([400, 'invalid_grant']);
  });

  test('what was used before an outage is still used during it', async () => {
    const form = await redemption(gateway.sandbox, 'x', 'x'.repeat(43));
    expect(outcome(await postToken(gateway.sandbox, form))).toEqual([400, 'invalid_grant']);
    proxy.set('cut');
    expect(outcome(await postToken(gateway.sandbox, form))).toEqual([401, 'invalid_client']);
  });

  test('what began during an outage ends after it', async () => {
    proxy.set('cut');
    const [callback, code] = [
      await callbackOf(beginSignIn(gateway.sandbox).authorizeUrl, ip()),
      await codeFor(),
    ];
    await restored();
    expect(outcome(await redeem(code))).toEqual([200, undefined]);
    expect((await visit(callback, ip())).location?.searchParams.has('code')).toBe(true);
  });

  test('what began before it is temporarily unavailable, and goes on when Postgres is back', async () => {
    const [code, callback] = [
      await codeFor(),
      await callbackOf(beginSignIn(gateway.sandbox).authorizeUrl, ip()),
    ];
    proxy.set('cut');
    expect(outcome(await redeem(code))).toEqual([503, 'temporarily_unavailable']);
    expect((await visit(callback, ip())).status).toBe(503);
    await restored();
    expect(outcome(await redeem(code))).toEqual([200, undefined]);
    expect((await visit(callback, ip())).status).toBe(302);
  });

  test('one-time things judged here alone are counted', async () => {
    proxy.set('cut');
    await byBearer();
    const metrics = await (await fetch(`${gateway.managementUrl}/metrics`)).text();
    expect(Number(/^nvgw_replay_degraded_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  });
});

describe('by policy closed', () => {
  beforeAll(() => start({ BROKER_POLICY: 'closed' }));
  afterAll(stop);

  test('sign-ins are temporarily unavailable, and go on when Postgres is back', async () => {
    proxy.set('cut');
    expect((await codeFor()).code).toContain('error=temporarily_unavailable');
    expect(outcome(await byBearer())).toEqual([503, 'temporarily_unavailable']);
    await restored();
    expect(outcome(await byBearer())).toEqual([200, undefined]);
  });
});
