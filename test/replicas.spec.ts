import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminAnswer, AdminClient, partnerAdminOf } from './support/admin.js';
import { RedisServer, redisInstalled, startRedisServer } from './support/redis-server.js';
import { tokenFor } from './support/tokens.js';
import { TwoGateways, startTwoGateways } from './support/two-gateways.js';

jest.setTimeout(60_000);

const describeWithRedis = redisInstalled() ? describe : describe.skip;

/** What docs/scaling.md promises of replicas. */
describeWithRedis('two gateways on one Postgres and one Redis', () => {
  let redis: RedisServer;
  let gateways: TwoGateways;
  let admin: AdminClient;
  let subscription: string;
  beforeAll(async () => {
    redis = await startRedisServer();
    gateways = await startTwoGateways(4, { REDIS_URL: redis.url, REPLICAS: '2' });
    admin = await partnerAdminOf(gateways.sandbox);
    subscription = await pathOfTheSubscription();
  });
  afterAll(async () => {
    await gateways?.close();
    await redis?.close();
  });

  async function pathOfTheSubscription(): Promise<string> {
    const only = async (path: string): Promise<string> => {
      const { body } = await admin.get(path);
      return (body['items'] as { id: string }[])[0]!.id;
    };
    const tenant = await only('tenants?key=sandbox');
    return `subscriptions/${await only(`tenants/${tenant}/subscriptions`)}`;
  }

  const token = (): Promise<string> => tokenFor(gateways.sandbox, gateways.device('camara-2.1').ip);

  /** One call, at the first or the second process. */
  const share = async (at: number, bearer: string): Promise<number> => {
    const path = '/number-verification/v2/device-phone-number';
    const { status } = await gateways.processes[at]!.get(path, { authorization: `Bearer ${bearer}` });
    return status;
  };

  const step = (verb: string): Promise<AdminAnswer> =>
    admin.change('POST', `${subscription}/${verb}`, undefined, subscription);

  const becomes = async (ask: () => Promise<number>, status: number): Promise<void> => {
    const until = performance.now() + 2_000;
    let last = await ask();
    while (last !== status) {
      if (performance.now() > until) throw new Error(`still ${last} after 2 s`);
      await sleep(100);
      last = await ask();
    }
  };

  test('a token of one is spent at the other', async () => {
    const bearer = await token();
    expect(await share(0, bearer)).toBe(200);
    expect(await share(1, bearer)).toBe(401);
  });

  test('a change made at one holds at both within 2 s, and so does taking it back', async () => {
    // A call that comes before the change spends its token.
    const tokens = await Promise.all(Array.from({ length: 60 }, token));
    expect((await step('suspend')).status).toBeLessThan(300);
    for (const at of [0, 1]) await becomes(() => share(at, tokens.pop()!), 403);
    expect((await step('resume')).status).toBeLessThan(300);
    await becomes(() => share(1, tokens.pop()!), 200);
  });

  test('a limit is that of both together', async () => {
    const change = await admin.change('PATCH', subscription, { limits: { ratePerSecond: 0.001, burst: 6 } });
    expect(change.status).toBe(200);
    const tokens = await Promise.all(Array.from({ length: 10 }, token));
    // Until both know of it: the limit that was there before does not count calls of another rate.
    await sleep(2_000);
    const statuses: number[] = [];
    for (const [index, bearer] of tokens.entries()) statuses.push(await share(index % 2, bearer));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429, 429, 429]);
  });
});
