import { setTimeout as sleep } from 'node:timers/promises';
import { JWT_BEARER, bearerAssertion, bearerToken, operatorTokenOf } from '../support/bearer.js';
import { askFor, bcAuthorize, poll } from '../support/ciba.js';
import { callbackOf, postToken, redemption, visit } from '../support/sign-in.js';
import { beginSignIn } from '../support/tokens.js';
import { administrate, limitTenants } from './admin-load.js';
import { Calls, magicNumber } from './calls.js';
import { failedCalls, failedSignIns, openCircuit } from './failure-load.js';
import type { OpsWorld } from './world.js';

/** Of no device. */
const STRANGER = '+99012345678';
const SCRAPED_MS = 2_500;
const OUTAGE_MS = 4_000;
const FLUSHED_MS = 5_000;

type Step = (world: OpsWorld, calls: Calls) => Promise<unknown>;

/** One after the other; each leaves the gateway well. */
const STEPS: Readonly<Record<string, Step>> = {
  'a restart': restart,
  'every dialect': everyDialect,
  'flows without redirect': backchannel,
  'wrong credentials': strangers,
  replays,
  'failed sign-ins': failedSignIns,
  'failed calls': failedCalls,
  'a circuit that opens': openCircuit,
  administration: ({ sandbox }) => administrate(sandbox),
  limits: ({ sandbox }, calls) => limitTenants(sandbox, () => everyDevice(sandbox, calls)),
  'callers that leave': leaving,
  'Redis away': redisAway,
  'Postgres away': postgresAway,
};

/** Drives everything that a metric counts. @param tell hears of each step */
export async function smokeLoad(world: OpsWorld, tell: (step: string) => void): Promise<void> {
  const calls = new Calls(world.sandbox);
  for (const [name, step] of Object.entries(STEPS)) {
    tell(name);
    await step(world, calls);
  }
}

async function restart({ gateway }: OpsWorld): Promise<void> {
  await gateway.stop();
  gateway.start();
  await gateway.ready();
  // What it counts before its first scrape is no increase.
  await sleep(SCRAPED_MS);
}

async function everyDialect({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  for (const { ip, phoneNumber } of sandbox.devices) {
    const verdict = await calls.signInAndVerify(ip, phoneNumber);
    if (verdict !== 200) throw new Error(`a verification at ${ip} ended with ${verdict}`);
    await calls.signInAndVerify(ip, STRANGER);
    await calls.signInAndShare(ip);
  }
}

async function everyDevice(sandbox: OpsWorld['sandbox'], calls: Calls): Promise<void> {
  const each = sandbox.devices.map(({ ip, phoneNumber }) => calls.signInAndVerify(ip, phoneNumber));
  await Promise.allSettled(each);
}

async function backchannel({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  for (const device of sandbox.devices.filter(({ operatorTokenFlows }) =>
    operatorTokenFlows.includes('ciba'),
  )) {
    // The second is one that the operator keeps waiting.
    for (const ip of [device.ip, device.ip.replace(/\d+\.\d+$/, '255.109')]) {
      const { body } = await bcAuthorize(sandbox, await askFor(device, ip));
      await poll(sandbox, body['auth_req_id']);
      await poll(sandbox, body['auth_req_id']);
    }
    await bcAuthorize(sandbox, { ...(await askFor(device)), login_hint: 'operatortoken:unknown' });
  }
  for (const device of sandbox.devices.filter(({ operatorTokenFlows }) =>
    operatorTokenFlows.includes('jwt_bearer'),
  )) {
    const sub = `operatortoken:${await operatorTokenOf(device)}`;
    const { body } = await bearerToken(sandbox, { sub, operator_id: device.operator });
    await calls.verify(String(body['access_token']), device.phoneNumber);
  }
}

async function strangers({ sandbox, gateway }: OpsWorld, calls: Calls): Promise<void> {
  await calls.verify(undefined, STRANGER);
  await calls.verify('no.such.token', STRANGER);
  await bearerToken(sandbox, { iss: 'nobody', sub: 'operatortoken:x' });
  await visit(`${gateway.url}/authorize?client_id=nobody`, '192.0.2.1');
  await visit(`${gateway.url}/nowhere`, '192.0.2.1');
  // On Wi-Fi: no operator.
  await visit(beginSignIn(sandbox).authorizeUrl, '192.0.2.1');
}

async function replays({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  const { ip, phoneNumber, operator } = sandbox.devices.at(-2)!;
  const token = await calls.token(ip);
  await calls.verify(token, phoneNumber);
  await calls.verify(token, phoneNumber);
  const { authorizeUrl, verifier } = beginSignIn(sandbox);
  const callback = await callbackOf(authorizeUrl, ip);
  const { location } = await visit(callback, ip);
  await visit(callback, ip);
  const form = await redemption(sandbox, location?.searchParams.get('code') ?? '', verifier);
  await postToken(sandbox, form);
  await postToken(sandbox, form);
  const assertion = await bearerAssertion(sandbox, {
    claims: { sub: 'operatortoken:x', operator_id: operator },
  });
  for (let i = 0; i < 2; i += 1) await postToken(sandbox, { grant_type: JWT_BEARER, assertion });
}

async function leaving({ sandbox }: OpsWorld, calls: Calls): Promise<void> {
  const { ip } = sandbox.devices.at(-2)!;
  const token = await calls.token(ip);
  // 98 answers after a second; nobody waits for it.
  await calls.verify(token, magicNumber(98), AbortSignal.timeout(200)).catch(() => {});
  // 92 never answers: a timeout.
  await calls.signInAndVerify(ip, magicNumber(92)).catch(() => {});
}

async function redisAway({ sandbox, redis }: OpsWorld, calls: Calls): Promise<void> {
  if (!redis) return;
  await redis.wire.set({ down: true });
  await everyDevice(sandbox, calls);
  await redis.wire.heal();
}

async function postgresAway({ sandbox, postgres }: OpsWorld, calls: Calls): Promise<void> {
  await postgres.wire.set({ down: true });
  for (const until = Date.now() + OUTAGE_MS; Date.now() < until; await sleep(200))
    await everyDevice(sandbox, calls);
  await postgres.wire.heal();
  await sleep(FLUSHED_MS);
  await everyDevice(sandbox, calls);
}
