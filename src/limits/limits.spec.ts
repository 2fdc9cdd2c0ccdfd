import { describe, expect, test } from '@jest/globals';
import { clientOf, limiter } from '../../test/support/limiter-rig.js';
import { Lease } from './lease.js';

const SECOND = 1000;

describe('a rate', () => {
  test('gives its burst at once, then one call per interval', () => {
    const { at, call } = limiter();
    const client = clientOf({ ratePerSecond: 10, burst: 3 });
    expect([1, 2, 3, 4].map(() => call(client)?.problem)).toEqual([
      undefined,
      undefined,
      undefined,
      'rateLimited',
    ]);
    at(99);
    expect(call(client)?.problem).toBe('rateLimited');
    at(100);
    expect(call(client)).toBeUndefined();
    expect(call(client)?.problem).toBe('rateLimited');
  });

  test('without a burst gives one second of calls at once', () => {
    const { call } = limiter();
    const client = clientOf({ ratePerSecond: 2.5 });
    expect([1, 2, 3, 4].map(() => call(client) === undefined)).toEqual([true, true, true, false]);
  });

  test('neither gives nor takes when the clock is set back', () => {
    const { at, call } = limiter();
    const client = clientOf({ ratePerSecond: 1, burst: 1 });
    call(client);
    at(-30_000);
    expect(call(client)?.problem).toBe('rateLimited');
    at(-29_000);
    expect(call(client)).toBeUndefined();
  });
});

describe('a refused call', () => {
  test('costs nothing, neither on the limit that refused nor on any other', () => {
    const { at, call } = limiter();
    const narrow = clientOf({ perDay: 5, perMinute: 1 }, { ratePerSecond: 1, burst: 2, perHour: 3 });
    expect(call(narrow)).toBeUndefined();
    for (let i = 0; i < 1_000; i += 1) expect(call(narrow)?.problem).toBe('rateLimited');
    // The tenant's bucket, hour and the other subscription's day know of one call only.
    expect(call(clientOf({}, narrow.limits.tenant, 'other'))).toBeUndefined();
    at(60 * SECOND);
    expect(call(narrow)).toBeUndefined();
    expect(call(clientOf({}, narrow.limits.tenant, 'other'))?.retryAfterSeconds).toBe(3540);
  });

  test('waits for the limit that lasts longest', () => {
    const { call } = limiter();
    const client = clientOf({ ratePerSecond: 1, burst: 1, perMinute: 1, perDay: 1 });
    call(client);
    const { problem, retryAfterSeconds } = call(client)!;
    expect({ problem, retryAfterSeconds }).toEqual({
      problem: 'quotaExceeded',
      retryAfterSeconds: 12 * 3600,
    });
  });
});

describe('calls at once', () => {
  test('are freed by the end of the lease, exactly once', () => {
    const { take } = limiter();
    const client = clientOf({}, { concurrent: 2 });
    const [first, second] = [take(client), take(client)] as [Lease, Lease];
    expect(take(client)).toMatchObject({ problem: 'rateLimited', retryAfterSeconds: 1 });
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(take(client)).toBeInstanceOf(Lease);
    expect(take(client)).toMatchObject({ problem: 'rateLimited' });
    second[Symbol.dispose]();
    expect(take(client)).toBeInstanceOf(Lease);
  });

  test('are one replica’s part of the cap, and at least one', () => {
    const { take } = limiter({ replicas: 4 });
    const client = clientOf({ concurrent: 8 });
    expect([1, 2, 3].map(() => take(client) instanceof Lease)).toEqual([true, true, false]);
    const single = clientOf({ concurrent: 2 }, {}, 'single');
    expect([1, 2].map(() => take(single) instanceof Lease)).toEqual([true, false]);
  });
});

test('memory holds only who called lately or has a quota running', () => {
  const { at, call, limits } = limiter();
  call(clientOf({ perMonth: 1 }, {}, 'monthly'));
  for (let i = 0; i < 50_000; i += 1) {
    at(i * 10);
    call(clientOf({ ratePerSecond: 10, burst: 5 }, {}, `subscription-${i}`));
  }
  expect(limits.size).toBeLessThan(2_500);
  expect(call(clientOf({ perMonth: 1 }, {}, 'monthly'))?.problem).toBe('quotaExceeded');
});

test('every decision is counted, by the limit that refused', async () => {
  const { call, take, metrics } = limiter();
  take(clientOf({ ratePerSecond: 1, burst: 1 }, {}, 'a'));
  call(clientOf({ ratePerSecond: 1, burst: 1 }, {}, 'a'));
  call(clientOf({ perDay: 1 }, {}, 'b'));
  call(clientOf({ perDay: 1 }, {}, 'b'));
  take(clientOf({ concurrent: 1 }, {}, 'c'));
  take(clientOf({ concurrent: 1 }, {}, 'c'));
  const page = await metrics.render();
  const count = (policy: string, decision: string): string =>
    `nvgw_rate_limit_decisions_total{policy="${policy}",decision="${decision}",store="memory"}`;
  expect(page).toContain(`${count('rate', 'allow')} 3`);
  for (const policy of ['rate', 'quota', 'concurrent']) expect(page).toContain(`${count(policy, 'deny')} 1`);
});
