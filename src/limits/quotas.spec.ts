import { describe, expect, test } from '@jest/globals';
import { LimitSet } from '../contract/limit-set.js';
import { NOON, clientOf, limiter } from '../../test/support/limiter-rig.js';
import { periodAt } from './calendar.js';
import { Lease } from './lease.js';
import { knownUsage } from './usage-counts.js';

const DAY = 86_400_000;

describe('a quota', () => {
  test('begins anew with the UTC day and month', () => {
    const { at, call } = limiter();
    const client = clientOf({ perDay: 1, perMonth: 2 });
    call(client);
    expect(call(client)?.problem).toBe('quotaExceeded');
    at(DAY / 2);
    expect(call(client)).toBeUndefined();
    at(3 * DAY);
    expect(call(client)).toMatchObject({ problem: 'quotaExceeded', retryAfterSeconds: 6.5 * 86_400 });
    at(9.5 * DAY);
    expect(call(client)).toBeUndefined();
  });

  test('is not used by a call that was never dispatched, though its rate is', () => {
    const { take, call } = limiter();
    const client = clientOf({ perDay: 1, ratePerSecond: 1, burst: 2 });
    (take(client) as Lease)[Symbol.dispose]();
    expect(call(client)).toBeUndefined();
    expect(call(clientOf({ ratePerSecond: 1, burst: 2 }))?.problem).toBe('rateLimited');
  });

  test('is given back to the day it was taken from', () => {
    const { at, take, call } = limiter();
    const client = clientOf({ perDay: 2 });
    const overnight = take(client) as Lease;
    at(DAY / 2);
    call(client);
    overnight[Symbol.dispose]();
    expect(call(client)).toBeUndefined();
    expect(call(client)?.problem).toBe('quotaExceeded');
  });

  test('goes on where the usage records say it was, for tenants too', () => {
    const { limits, call } = limiter();
    const usage = new Map([
      ['s', { tenantId: 't', day: 4, month: 9 }],
      ['other', { tenantId: 't', day: 5, month: 30 }],
    ]);
    limits.learnUsage(knownUsage(periodAt(NOON), usage));
    const client = clientOf({ perMonth: 10 }, { perDay: 11 });
    expect(call(client)).toBeUndefined();
    expect(call(client)?.problem).toBe('quotaExceeded');
    expect(call(clientOf({}, client.limits.tenant, 'third'))).toBeUndefined();
    expect(call(clientOf({}, client.limits.tenant, 'third'))?.problem).toBe('quotaExceeded');
  });

  test('learns of other replicas while it runs, and never forgets what was counted here', () => {
    const { limits, call } = limiter({ replicas: 2 });
    const client = clientOf({ perDay: 100 });
    for (let i = 0; i < 50; i += 1) expect(call(client)).toBeUndefined();
    expect(call(client)?.problem).toBe('quotaExceeded');
    const learn = (day: number): void =>
      limits.learnUsage(knownUsage(periodAt(NOON), new Map([['s', { tenantId: 't', day, month: day }]])));
    learn(60);
    let passed = 0;
    while (call(client) === undefined) passed += 1;
    expect(passed).toBe(20);
    learn(10);
    passed = 0;
    while (call(client) === undefined) passed += 1;
    expect(passed).toBeLessThanOrEqual(10);
  });
});

test('a process that is one of several keeps to its part of every limit', () => {
  const { call } = limiter({ replicas: 3 });
  const part = (limits: LimitSet, id: string): number => {
    let passed = 0;
    while (call(clientOf(limits, {}, id)) === undefined) passed += 1;
    return passed;
  };
  expect(part({ ratePerSecond: 0.001, burst: 9 }, 'a')).toBe(3);
  expect(part({ perMinute: 10 }, 'b')).toBe(3);
  expect(part({ perMonth: 2 }, 'c')).toBe(1);
});
