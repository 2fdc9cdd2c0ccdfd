import { afterEach, describe, expect, it } from '@jest/globals';
import { Problem, ProblemName } from '../contract/problem.js';
import { BREAKER_DEFAULTS, BreakerSettings } from './breaker-settings.js';
import { Breaker, BreakerEvent } from './breaker.js';

const FAST: BreakerSettings = {
  ...BREAKER_DEFAULTS,
  resetTimeoutMs: 100,
  maxResetTimeoutMs: 1_000,
  windowMs: 60,
  calmMs: 10_000,
  rampStepMs: 60,
};

let breaker: Breaker;
let events: { event: BreakerEvent; at: number }[] = [];

function start(settings: Partial<BreakerSettings> = {}): void {
  events = [];
  breaker = new Breaker({ ...FAST, ...settings }, (event) => events.push({ event, at: performance.now() }));
}

afterEach(() => breaker.close());

async function pass(times = 1, probe = false): Promise<void> {
  for (let n = 0; n < times; n++) await breaker.run(() => Promise.resolve(), { probe });
}

async function fail(problem: ProblemName, times = 1, probe = false): Promise<void> {
  for (let n = 0; n < times; n++) {
    const error = new Problem(problem);
    await expect(breaker.run(() => Promise.reject(error), { probe })).rejects.toBe(error);
  }
}

function at(event: BreakerEvent): number[] {
  return events.filter((told) => told.event === event).map((told) => told.at);
}

async function untilHalfOpen(): Promise<void> {
  while (breaker.state !== 'half_open') await new Promise((resolve) => setTimeout(resolve, 5));
}

function refusal(): Problem {
  try {
    breaker.enter();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('the circuit let a call pass');
}

describe('a closed circuit', () => {
  it('ignores failures as long as there are fewer than 20 calls', async () => {
    start({ windowMs: 3_000 });
    await fail('operatorUnreachable', 19);
    expect(breaker.state).toBe('closed');
  });

  it('opens when half of 20 calls have failed', async () => {
    start({ windowMs: 3_000 });
    await pass(10);
    await fail('operatorFailed', 9);
    expect(breaker.state).toBe('closed');
    await fail('operatorFailed');
    expect(breaker.state).toBe('open');
  });

  it('stays closed while less than half of the calls fail', async () => {
    start({ windowMs: 3_000 });
    for (let n = 0; n < 30; n++) {
      await pass(2);
      await fail('operatorFailed');
    }
    expect(breaker.state).toBe('closed');
  });

  it.each<ProblemName>(['tokenInvalid', 'operatorTokenInvalid', 'notMobileNetwork', 'operatorRateLimited'])(
    'is never opened by %s',
    async (name) => {
      start({ windowMs: 3_000 });
      await fail(name, 100);
      expect(breaker.state).toBe('closed');
    },
  );

  it('opens at 8 timeouts in a row, however many calls went well before', async () => {
    start({ windowMs: 3_000 });
    await pass(200);
    await fail('operatorTimeout', 7);
    await pass();
    await fail('operatorTimeout', 7);
    expect(breaker.state).toBe('closed');
    await fail('operatorTimeout');
    expect(breaker.state).toBe('open');
  });
});

describe('an open circuit', () => {
  it('refuses with the seconds left until its next probe', async () => {
    start(BREAKER_DEFAULTS);
    await fail('operatorTimeout', 8);
    const problem = refusal();
    expect(problem.problem).toBe('circuitOpen');
    expect(problem.retryAfterSeconds).toBeGreaterThanOrEqual(4);
    expect(problem.retryAfterSeconds).toBeLessThanOrEqual(6);
  });

  it('refuses, unsent, the calls that it had admitted before it opened', async () => {
    start();
    const probe = breaker.enter();
    await fail('operatorTimeout', 8);
    let ran = false;
    const call = breaker.run(async () => (ran = true), { probe });
    await expect(call).rejects.toMatchObject({ problem: 'circuitOpen', neverSent: true });
    expect(ran).toBe(false);
  });

  it('stays open twice as long for each probe that fails', async () => {
    start();
    await fail('operatorTimeout', 8);
    for (let probes = 0; probes < 2; probes++) {
      await untilHalfOpen();
      await fail('operatorFailed', 1, breaker.enter());
      breaker.leave(true);
    }
    await untilHalfOpen();
    const opened = at('open');
    const openMs = at('half_open').map((time, n) => time - opened[n]!);
    for (const [n, base] of [100, 200, 400].entries()) {
      expect(openMs[n]).toBeGreaterThan(base * 0.79);
      expect(openMs[n]).toBeLessThan(base * 1.2 + 100);
    }
  });

  it('goes on doubling when it opens again soon after it has closed', async () => {
    start({ resetTimeoutMs: 60 });
    for (let round = 0; round < 3; round++) {
      await fail('operatorTimeout', 8);
      if (round === 2) break;
      await untilHalfOpen();
      await pass(1, breaker.enter());
      breaker.leave(true);
    }
    const opened = performance.now();
    await untilHalfOpen();
    expect(performance.now() - opened).toBeGreaterThan(4 * 60 * 0.79);
  });
});

describe('a call that does not count', () => {
  it('opens nothing, however often it fails', async () => {
    start();
    const error = new Problem('operatorTimeout');
    for (let n = 0; n < 30; n++) {
      const call = breaker.run(() => Promise.reject(error), { probe: false, counts: false });
      await expect(call).rejects.toBe(error);
    }
    expect(breaker.state).toBe('closed');
    expect(breaker.errorRatio).toBeUndefined();
  });

  it('closes nothing as the probe, and the next one may', async () => {
    start();
    await fail('operatorTimeout', 8);
    await untilHalfOpen();
    await breaker.run(() => Promise.resolve(), { probe: breaker.enter(), counts: false });
    breaker.leave(true);
    expect(breaker.state).toBe('half_open');
    await pass(1, breaker.enter());
    breaker.leave(true);
    expect(breaker.state).toBe('closed');
  });

  it('is refused as any other by a circuit that has opened', async () => {
    start();
    await fail('operatorTimeout', 8);
    const call = breaker.run(() => Promise.resolve(), { probe: false, counts: false });
    await expect(call).rejects.toMatchObject({ problem: 'circuitOpen', neverSent: true });
  });
});

describe('a half-open circuit', () => {
  it('lets one call pass at a time, and the next when that one was given back unused', async () => {
    start();
    await fail('operatorTimeout', 8);
    await untilHalfOpen();
    expect(breaker.enter()).toBe(true);
    expect(refusal()).toMatchObject({ problem: 'circuitOpen', retryAfterSeconds: 1 });
    breaker.leave(true);
    expect(breaker.enter()).toBe(true);
  });

  it('does not take a call admitted earlier for its probe', async () => {
    start();
    const probe = breaker.enter();
    await fail('operatorTimeout', 8);
    await untilHalfOpen();
    await expect(breaker.run(() => Promise.resolve(), { probe })).rejects.toMatchObject({ neverSent: true });
    expect(breaker.state).toBe('half_open');
  });

  it('closes after a good probe, forgets the past, and ramps up', async () => {
    start();
    await fail('operatorUnreachable', 20);
    await untilHalfOpen();
    await fail('operatorTokenInvalid', 1, breaker.enter());
    breaker.leave(true);
    expect(breaker.state).toBe('closed');
    expect(breaker.share).toBe(0.1);
    await fail('operatorFailed');
    expect(breaker.state).toBe('closed');
    await new Promise((resolve) => setTimeout(resolve, 70));
    expect(breaker.share).toBe(0.5);
    await new Promise((resolve) => setTimeout(resolve, 70));
    expect(breaker.share).toBe(1);
  });
});
