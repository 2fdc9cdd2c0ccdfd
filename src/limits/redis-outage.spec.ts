import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LimitSet } from '../contract/limit-set.js';
import { LimiterReplicas, Replica, passed, until } from '../../test/support/limiter-replicas.js';
import { redisInstalled } from '../../test/support/redis-server.js';

const NOON = Date.UTC(2026, 10, 21, 12);

let world: LimiterReplicas;
const replica = (...options: Parameters<LimiterReplicas['replica']>): Promise<Replica> =>
  world.replica(...options);

const describeWithRedis = redisInstalled() ? describe : describe.skip;

describeWithRedis('a Redis that goes away', () => {
  beforeAll(async () => {
    world = await LimiterReplicas.start();
  });
  afterAll(() => world.close());
  beforeEach(() => world.reset(NOON));

  const limits: LimitSet = { perDay: 40 };

  test.each<[string, () => Promise<void>, () => Promise<void>]>([
    ['frozen', async () => world.server.freeze(), async () => world.server.thaw()],
    ['killed', () => world.server.kill(), () => world.server.start()],
  ])('%s: limits stay on, by replicas; afterwards they are shared again', async (_name, away, back) => {
    const both = [await replica(2), await replica(2)];
    expect(await passed(both, 20, limits)).toBe(20);
    await away();
    // The 20 that are left are divided; each process knows of the 20 that were used.
    expect(await passed([both[0]!], 30, limits)).toBe(10);
    expect(await passed([both[1]!], 5, limits)).toBe(5);
    expect(both.map(({ line }) => line.usable)).toEqual([false, false]);
    const page = (await both[0]!.metrics.render()).split('\n');
    expect(page).toContain('nvgw_limiter_degraded 1');
    const denied = 'nvgw_rate_limit_decisions_total{policy="quota",decision="deny",store="fallback"}';
    expect(page.filter((line) => line.startsWith(denied))).toEqual([`${denied} 20`]);
    await back();
    await until(() => both.every(({ line }) => line.usable));
    expect((await both[0]!.metrics.render()).split('\n')).toContain('nvgw_limiter_degraded 0');
    // Never more than the limit; a frozen Redis kept its 20, so what was used alone is known to each alone.
    const rest = await passed(both, 40, limits);
    expect(rest).toBeGreaterThan(0);
    expect(rest).toBeLessThanOrEqual(20);
  });

  test('makes a few calls wait a few milliseconds, and then none', async () => {
    const one = await replica(1, 5);
    for (let i = 0; i < 50; i += 1) await one.call({ perDay: 10_000 });
    world.server.freeze();
    const waits: number[] = [];
    for (let i = 0; i < 500; i += 1) {
      const startedAt = performance.now();
      expect(await one.call({ perDay: 10_000 })).toBe(true);
      waits.push(performance.now() - startedAt);
    }
    world.server.thaw();
    await until(() => one.line.usable);
    // Three late answers open the circuit; the machine may stumble now and then beside.
    expect(waits.filter((ms) => ms > 4).length).toBeLessThanOrEqual(25);
    expect(waits.sort((a, b) => a - b)[400]).toBeLessThan(1);
  });

  test('and was never there: the process counts alone from its first call', async () => {
    await world.server.kill();
    const alone = world.began(2);
    expect(await passed([alone], 30, limits)).toBe(20);
    await world.server.start();
    await until(() => alone.line.usable);
  });
});
