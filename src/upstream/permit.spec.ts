import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonAnswer, operatorAt, RawOperator, startRawOperator } from '../../test/support/raw-operator.js';
import { Problem } from '../contract/problem.js';
import { UpstreamRequest } from '../dialects/dialect.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { BREAKER_DEFAULTS } from './breaker-settings.js';
import { Lateness } from './lateness.js';
import { Permit } from './permit.js';
import { Upstream } from './upstream.js';

const REQUEST: UpstreamRequest = { method: 'POST', path: '/verify', headers: {}, body: '{}' };
const TRUE = jsonAnswer('{"devicePhoneNumberVerified":true}');

let upstream: Upstream;
let lateness: Lateness;
let raw: RawOperator;
let does: (socket: Socket, nth: number) => void;

beforeEach(async () => {
  const settings = { ...BREAKER_DEFAULTS, resetTimeoutMs: 50, windowMs: 60, rampStepMs: 0 };
  lateness = new Lateness();
  upstream = new Upstream(new Metrics(), settings, undefined, undefined, lateness);
  does = (socket) => socket.write(TRUE);
  raw = await startRawOperator((socket, nth) => does(socket, nth));
});

afterEach(async () => {
  await upstream.close();
  await raw.close();
});

function send(permit: Permit, operator: Operator, token = 'token'): Promise<boolean> {
  return permit.send(REQUEST, token, (answer) => operator.dialect.decodeVerify(answer, operator));
}

async function verify(operator: Operator): Promise<boolean> {
  using permit = upstream.admit(operator, 'api');
  return await send(permit, operator);
}

function refusal(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('admitted');
}

async function openCircuit(operator: Operator): Promise<void> {
  does = () => {};
  await Promise.allSettled(Array.from({ length: 8 }, () => verify(operator)));
  expect(refusal(() => upstream.admit(operator, 'api')).problem).toBe('circuitOpen');
}

/** Waits for the circuit to let a probe pass, without using it up. */
async function untilProbing(operator: Operator): Promise<void> {
  for (;;) {
    try {
      upstream.admit(operator, 'api')[Symbol.dispose]();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe('the deadline', () => {
  it('begins with the seat: what came before sending is taken off', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 300 });
    does = () => {};
    using permit = upstream.admit(operator, 'api');
    const began = performance.now();
    await sleep(200);
    await expect(send(permit, operator)).rejects.toMatchObject({
      problem: 'recordedLate',
      neverSent: false,
    });
    expect(performance.now() - began).toBeLessThan(450);
  });

  it('ends the wait earlier by what this process is late, so that the answer is not', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 1_000 });
    does = () => {};
    lateness.note(5_000);
    using permit = upstream.admit(operator, 'api');
    const passed: string[] = [];
    for (const ms of [850, 950]) setTimeout(() => passed.push(`${ms} ms`), ms);
    await expect(send(permit, operator)).rejects.toMatchObject({ problem: 'operatorTimeout' });
    expect(passed).toEqual(['850 ms']);
  });

  it('of which recording took most is not held against an operator that says nothing in the rest', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 1_000 });
    does = () => {};
    const late = async (): Promise<boolean> => {
      using permit = upstream.admit(operator, 'api');
      await sleep(600);
      return await send(permit, operator);
    };
    for (let n = 0; n < 2; n++) {
      const calls = await Promise.allSettled(Array.from({ length: 5 }, late));
      for (const { reason } of calls as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ problem: 'recordedLate', neverSent: false });
      }
    }
    does = (socket) => socket.write(TRUE);
    await expect(late()).resolves.toBe(true);
  });

  it('that is over before sending is not the fault of the operator, who is not asked', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 100 });
    for (let n = 0; n < 8; n++) {
      using permit = upstream.admit(operator, 'api');
      await sleep(110);
      const verdict = send(permit, operator);
      await expect(verdict).rejects.toMatchObject({ problem: 'ledgerUnavailable', neverSent: true });
    }
    expect(raw.requests).toBe(0);
    await expect(verify(operator)).resolves.toBe(true);
  });
});

describe('a seat', () => {
  it('is freed exactly once, however often its permit is disposed', () => {
    const operator = operatorAt(raw.url, { maxInFlight: 1 });
    const permit = upstream.admit(operator, 'api');
    expect(refusal(() => upstream.admit(operator, 'api'))).toMatchObject({
      problem: 'bulkheadFull',
      retryAfterSeconds: 1,
    });
    permit[Symbol.dispose]();
    permit[Symbol.dispose]();
    upstream.admit(operator, 'api');
    expect(refusal(() => upstream.admit(operator, 'api')).problem).toBe('bulkheadFull');
  });

  it('of a call in flight stays taken until the call is over, even if the permit is disposed before', async () => {
    const operator = operatorAt(raw.url, { maxInFlight: 1 });
    does = (socket) => setTimeout(() => socket.write(TRUE), 50);
    const permit = upstream.admit(operator, 'api');
    const verdict = send(permit, operator);
    permit[Symbol.dispose]();
    expect(refusal(() => upstream.admit(operator, 'api')).problem).toBe('bulkheadFull');
    await verdict;
    upstream.admit(operator, 'api');
  });

  it('is free again after a call that failed', async () => {
    const operator = operatorAt(raw.url, { maxInFlight: 1 });
    does = (socket) => socket.resetAndDestroy();
    for (let call = 0; call < 3; call++) {
      await expect(verify(operator)).rejects.toMatchObject({ problem: 'operatorUnreachable' });
    }
  });

  it('at the API takes none from the token endpoint', () => {
    const operator = operatorAt(raw.url, { maxInFlight: 1 });
    upstream.admit(operator, 'api');
    upstream.admit(operator, 'token');
  });

  it('is good for one call', async () => {
    const operator = operatorAt(raw.url);
    using permit = upstream.admit(operator, 'api');
    await send(permit, operator);
    await expect(send(permit, operator)).rejects.toThrow('one call');
    expect(raw.requests).toBe(1);
  });
});

describe('calls', () => {
  it('are not aborted by the timeout of another one', async () => {
    const operator = operatorAt(raw.url);
    does = (socket, nth) => nth > 1 && setTimeout(() => socket.write(TRUE), 200);
    const hung = verify(operator);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const healthy = Promise.all([verify(operator), verify(operator), verify(operator)]);
    await expect(hung).rejects.toMatchObject({ problem: 'operatorTimeout' });
    await expect(healthy).resolves.toEqual([true, true, true]);
  });

  it('with a token that cannot stand in a header are never sent', async () => {
    const operator = operatorAt(raw.url);
    using permit = upstream.admit(operator, 'api');
    await expect(send(permit, operator, 'a\r\nx-evil: b')).rejects.toMatchObject({
      problem: 'internal',
      neverSent: true,
    });
    expect(raw.requests).toBe(0);
  });

  it('end when the door is closed', async () => {
    does = () => {};
    const operator = operatorAt(raw.url, { timeoutMs: 5_000 });
    const call = verify(operator);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await upstream.close();
    await expect(call).rejects.toBeInstanceOf(Problem);
  });
});

describe('a half-open circuit', () => {
  it('U32 lets exactly one of 100 callers reach the operator', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 100 });
    await openCircuit(operator);
    await untilProbing(operator);
    const before = raw.requests;
    does = (socket) => socket.write(TRUE);
    const calls = await Promise.allSettled(Array.from({ length: 100 }, () => verify(operator)));
    expect(raw.requests - before).toBe(1);
    expect(calls.filter((call) => call.status === 'fulfilled')).toHaveLength(1);
    await expect(verify(operator)).resolves.toBe(true);
  });

  it('U34 at the API leaves the token endpoint alone', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 100 });
    await openCircuit(operator);
    upstream.admit(operator, 'token');
  });

  it('opened between admission and sending: nothing is sent', async () => {
    const operator = operatorAt(raw.url, { timeoutMs: 2_000 });
    using early = upstream.admit(operator, 'api');
    does = (socket) => socket.write(jsonAnswer('{}', '500 Internal Server Error'));
    await Promise.allSettled(Array.from({ length: 40 }, () => verify(operator)));
    const before = raw.requests;
    await expect(send(early, operator)).rejects.toMatchObject({ problem: 'circuitOpen', neverSent: true });
    expect(raw.requests).toBe(before);
  });
});

describe('U27 an operator that answers 429', () => {
  it.each([
    ['retry-after: 7\r\n', 7],
    ['', 5],
    ['retry-after: 999999\r\n', 60],
    ['retry-after: -1\r\n', 5],
  ])('with %j is left alone for %d seconds, and is not taken for broken', async (header, seconds) => {
    const operator = operatorAt(raw.url);
    does = (socket) => socket.write(jsonAnswer('{}', '429 Too Many Requests', header));
    const answered = { problem: 'operatorRateLimited', retryAfterSeconds: seconds, neverSent: false };
    await expect(verify(operator)).rejects.toMatchObject(answered);
    expect(refusal(() => upstream.admit(operator, 'api'))).toMatchObject({
      problem: 'operatorRateLimited',
      retryAfterSeconds: seconds,
    });
    expect(raw.requests).toBe(1);
  });
});
