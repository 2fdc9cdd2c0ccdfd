import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LimitSet } from '../contract/limit-set.js';
import { LimiterReplicas, Replica, passed } from '../../test/support/limiter-replicas.js';
import { redisInstalled } from '../../test/support/redis-server.js';
import { periodAt } from './calendar.js';
import { Lease } from './lease.js';

const NOON = Date.UTC(2026, 10, 21, 12);
const DAY = 86_400_000;

let world: LimiterReplicas;
const replica = (...options: Parameters<LimiterReplicas['replica']>): Promise<Replica> =>
  world.replica(...options);

const describeWithRedis = redisInstalled() ? describe : describe.skip;

describeWithRedis('limits in Redis', () => {
  beforeAll(async () => {
    world = await LimiterReplicas.start();
  });
  afterAll(() => world.close());
  beforeEach(() => world.reset(NOON));

  test.each<[string, LimitSet, number]>([
    ['a rate', { ratePerSecond: 0.001, burst: 7 }, 7],
    ['a minute', { perMinute: 8 }, 8],
    ['an hour', { perHour: 9 }, 9],
    ['a day', { perDay: 10 }, 10],
    ['a month', { perMonth: 11 }, 11],
  ])('two processes share the limit of %s, of subscription and tenant', async (_name, limits, calls) => {
    const both = [await replica(2), await replica(2)];
    expect(await passed(both, 20, limits)).toBe(calls);
    expect(await passed(both, 20, {}, limits, 'other')).toBe(calls);
  });

  test('a call that Redis refuses costs nothing on any limit, here or there', async () => {
    const [one, two] = [await replica(2), await replica(2)];
    const own: LimitSet = { perDay: 100, ratePerSecond: 0.001, burst: 50 };
    expect(await two.call({ perMinute: 1 }, { perHour: 30 }, 'other')).toBe(true);
    // `one` knows nothing of the call that used the minute up.
    for (let i = 0; i < 30; i += 1)
      expect(await one.call({ perMinute: 1 }, { perHour: 30 }, 'other')).toBe(false);
    expect(await passed([one, two], 60, own, { perHour: 30 }, 's')).toBe(29);
    expect(await passed([one, two], 60, own, {}, 's')).toBe(21);
  });

  test('and what was counted here before Redis refused is given back', async () => {
    const [one, two] = [await replica(2), await replica(2)];
    await two.call({ perMinute: 1 }, {}, 'used up');
    const tenant: LimitSet = { ratePerSecond: 0.001, burst: 3, concurrent: 2 };
    expect(await one.call({ perMinute: 1 }, tenant, 'used up')).toBe(false);
    expect(await passed([one], 5, {}, tenant, 'other')).toBe(3);
  });

  test('is told as the policy that is exhausted, with the seconds to wait', async () => {
    const [one, two] = [await replica(2), await replica(2)];
    await two.call({ perDay: 1 });
    expect(await one.take({ perDay: 1 })).toMatchObject({
      problem: 'quotaExceeded',
      retryAfterSeconds: 12 * 3600,
    });
    await two.call({ ratePerSecond: 0.25, burst: 1 }, {}, 'r');
    expect(await one.take({ ratePerSecond: 0.25, burst: 1 }, {}, 'r')).toMatchObject({
      problem: 'rateLimited',
      retryAfterSeconds: 4,
    });
    world.clock.ms += 4000;
    expect(await one.call({ ratePerSecond: 0.25, burst: 1 }, {}, 'r')).toBe(true);
  });

  test.each(
    [NOON, Date.UTC(2027, 1, 28, 23, 59, 59, 999), Date.UTC(2028, 1, 29), Date.UTC(2030, 11, 31)].flatMap(
      (at) =>
        (['perMinute', 'perHour', 'perDay', 'perMonth'] as const).map((name, slot) => ({
          now: new Date(at),
          name,
          ends: periodAt(at).endsAtMs[slot]!,
        })),
    ),
  )('at $now $name ends for Redis when it ends for us', async ({ now, name, ends }) => {
    world.clock.ms = now.getTime();
    const both = [await replica(2), await replica(2)];
    const limits = { [name]: 2 };
    expect(await passed(both, 4, limits)).toBe(2);
    world.clock.ms = ends - 1;
    expect(await passed(both, 4, limits)).toBe(0);
    world.clock.ms = ends;
    expect(await passed(both, 4, limits)).toBe(2);
  });

  test('what was never dispatched gives its quota back to all', async () => {
    const [one, two] = [await replica(2), await replica(2)];
    for (let i = 0; i < 3; i += 1) {
      const lease = await one.take({ perDay: 1 }, { perMonth: 1 });
      expect(lease).toBeInstanceOf(Lease);
      (lease as Lease)[Symbol.dispose]();
    }
    expect(await two.call({ perDay: 1 }, { perMonth: 1 })).toBe(true);
    expect(await one.call({ perDay: 1 }, { perMonth: 1 })).toBe(false);
  });

  test('a flushed Redis is told again of the quotas that were used', async () => {
    const [one, two] = [await replica(2), await replica(2)];
    expect(await passed([one, two], 6, { perDay: 10, perMonth: 10 })).toBe(6);
    await world.command((redis) => redis.flushall());
    // By whoever calls first: it does not know of the other's calls since its own last one.
    expect(await passed([two, one], 10, { perDay: 10, perMonth: 10 })).toBe(4);
  });

  test('keys name tenant and subscription, nothing else, and all of them end', async () => {
    const one = await replica(1);
    await one.call({ perMonth: 5 }, { ratePerSecond: 2 });
    await one.call({ concurrent: 5 }, { concurrent: 5 }, 'unshared');
    const keys = (await world.command((redis) => redis.keys('*'))).sort();
    expect(keys).toEqual(['nvgw:limits:{t}', 'nvgw:limits:{t}:s']);
    const [tenantMs, subscriptionMs] = await world.command((redis) =>
      Promise.all([redis.pttl(keys[0]!), redis.pttl(keys[1]!)]),
    );
    expect(tenantMs).toBeLessThanOrEqual(2_000);
    expect(subscriptionMs).toBeLessThanOrEqual(32 * DAY);
    expect(Math.min(tenantMs, subscriptionMs)).toBeGreaterThan(0);
  });
});
