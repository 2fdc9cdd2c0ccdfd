import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawOperator, jsonAnswer, operatorAt, startRawOperator } from '../../test/support/raw-operator.js';
import { Problem } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { BREAKER_DEFAULTS } from './breaker-settings.js';
import { Upstream } from './upstream.js';

const TRUE = jsonAnswer('{"devicePhoneNumberVerified":true}');
const GARBAGE = jsonAnswer('{"devicePhoneNumberVerified":"yes"}');

let upstream: Upstream;
let raw: RawOperator;
let operator: Operator;
let metrics: Metrics;
let answer = TRUE;

beforeEach(async () => {
  answer = TRUE;
  metrics = new Metrics();
  upstream = new Upstream(metrics, { ...BREAKER_DEFAULTS, volumeThreshold: 2 });
  raw = await startRawOperator((socket) => socket.write(answer));
  operator = operatorAt(raw.url);
});
afterEach(async () => {
  await upstream.close();
  await raw.close();
});

async function verify(): Promise<string> {
  try {
    using permit = upstream.admit(operator, 'api');
    const request = { method: 'POST', path: '/verify', headers: {}, body: '{}' } as const;
    return String(await permit.send(request, 'token', (got) => operator.dialect.decodeVerify(got, operator)));
  } catch (error) {
    return (error as Problem).problem;
  }
}

const inMs = (ms: number): number => Date.now() + ms;
const state = () => upstream.health(operator).api.state;

describe('a circuit held open', () => {
  it('refuses before anything is sent, also before its first call, and names at most a minute', async () => {
    upstream.force(operator.id, 'api', 'open', inMs(3_600_000));
    expect(await verify()).toBe('circuitOpen');
    expect(raw.requests).toBe(0);
    expect(() => upstream.admit(operator, 'api')).toThrow(expect.objectContaining({ retryAfterSeconds: 60 }));
    expect(() => upstream.admit(operator, 'token')[Symbol.dispose]()).not.toThrow();
  });

  it('refuses a call that was admitted before, with nothing sent', async () => {
    using permit = upstream.admit(operator, 'api');
    upstream.force(operator.id, 'api', 'open', inMs(60_000));
    const request = { method: 'POST', path: '/verify', headers: {}, body: '{}' } as const;
    await expect(permit.send(request, 'token', () => true)).rejects.toMatchObject({
      problem: 'circuitOpen',
      neverSent: true,
    });
    expect(raw.requests).toBe(0);
  });

  it('is let go of at its time, by itself, and by hand', async () => {
    upstream.force(operator.id, 'api', 'open', inMs(150));
    expect(await verify()).toBe('circuitOpen');
    await sleep(200);
    expect(await verify()).toBe('true');
    upstream.force(operator.id, 'api', 'open', inMs(60_000));
    expect(await verify()).toBe('circuitOpen');
    upstream.force(operator.id, 'api', undefined);
    expect(await verify()).toBe('true');
  });

  it('shows in the metrics, and no longer once it is let go of', async () => {
    const gauge = async (name: string) =>
      (await metrics.render()).includes(`target="api",state="${name}"} 1`);
    expect(await verify()).toBe('true');
    upstream.force(operator.id, 'api', 'open', inMs(100));
    expect(await gauge('open')).toBe(true);
    await sleep(150);
    expect(await gauge('closed')).toBe(true);
  });
});

describe('a circuit held closed', () => {
  it('lets every call pass, however many fail', async () => {
    upstream.force(operator.id, 'api', 'closed', inMs(60_000));
    answer = GARBAGE;
    for (let n = 0; n < 10; n++) expect(await verify()).toBe('operatorRouteBroken');
    expect(state()).toBe('closed');
  });

  it('lets calls pass through a circuit that had opened, which is open again afterwards', async () => {
    answer = GARBAGE;
    while (state() === 'closed') await verify();
    expect(await verify()).toBe('circuitOpen');
    upstream.force(operator.id, 'api', 'closed', inMs(60_000));
    answer = TRUE;
    expect(await verify()).toBe('true');
    upstream.force(operator.id, 'api', undefined);
    expect(await verify()).toBe('circuitOpen');
  });
});

describe('the health of an operator', () => {
  it('says what its calls of the last seconds came to, and asks nothing of it', async () => {
    expect(upstream.health(operator).api).toEqual({
      state: 'closed',
      forced: undefined,
      inFlight: 0,
      maxInFlight: operator.limits.maxInFlight,
      errorRatio: undefined,
      lastSuccessAtMs: undefined,
    });
    await verify();
    answer = GARBAGE;
    await verify();
    const { errorRatio, lastSuccessAtMs } = upstream.health(operator).api;
    expect(errorRatio).toBe(0.5);
    expect(lastSuccessAtMs).toBeGreaterThan(Date.now() - 60_000);
    expect(raw.requests).toBe(2);
    using permit = upstream.admit(operator, 'token');
    expect(upstream.health(operator).token.inFlight).toBe(1);
    void permit;
  });
});
