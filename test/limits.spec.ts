import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { LimitSet } from '../src/contract/limit-set.js';
import { Tenants } from '../src/tenants/tenants.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { RedisServer, redisInstalled, startRedisServer } from './support/redis-server.js';
import { tokenFor } from './support/tokens.js';

let gateway: TestGateway;
let database: Client;
let ip: string;
let phoneNumber: string;

/** The gateway, and its database beside it. */
async function start(env: Record<string, string>): Promise<void> {
  gateway = await startTestGateway(env);
  ({ ip, phoneNumber } = gateway.device('camara-2.1'));
  database = new Client(gateway.config.databaseUrl!.reveal());
  await database.connect();
}

async function stop(): Promise<void> {
  await database?.end();
  await gateway?.close();
}

/** Limits as the admin API would write them. */
async function limit(subscription: LimitSet, tenant: LimitSet = {}): Promise<void> {
  await database.query('UPDATE subscriptions SET limits = $1', [subscription]);
  await database.query('UPDATE tenants SET limits = $1', [tenant]);
  await gateway.app.get(Tenants, { strict: false }).load();
}

const fresh = (): Promise<string> => tokenFor(gateway.sandbox, ip);

async function verify(bearer: string, body: unknown = { phoneNumber }) {
  const answer = await fetch(`${gateway.url}/number-verification/v2/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  });
  const { code, devicePhoneNumberVerified } = (await answer.json()) as Record<string, unknown>;
  const header = (name: string): string | null => answer.headers.get(name);
  return {
    status: answer.status,
    said: code ?? devicePhoneNumberVerified,
    policy: header('ratelimit-policy'),
    standing: header('ratelimit'),
    retryAfter: header('retry-after'),
  };
}

async function ledgerRows(): Promise<number> {
  const { rows } = await database.query<{ count: string }>('SELECT count(*) FROM usage_ledger');
  return Number(rows[0]!.count);
}

describe('limits in memory', () => {
  beforeAll(() => start({}), 60_000);
  afterAll(stop);

  test('a caller without limits is told of none', async () => {
    await limit({});
    expect(await verify(await fresh())).toMatchObject({
      status: 200,
      said: true,
      policy: null,
      standing: null,
    });
  });

  test('a limited call leaves its token unspent and no record, and works when the time has come', async () => {
    await limit({ ratePerSecond: 0.5, burst: 1 });
    expect((await verify(await fresh())).status).toBe(200);
    const before = await ledgerRows();
    const bearer = await fresh();
    const refused = await verify(bearer);
    expect(refused).toMatchObject({
      status: 429,
      said: 'TOO_MANY_REQUESTS',
      policy: '"rate";q=1;w=2',
      standing: expect.stringMatching(/^"rate";r=0;t=[12]$/),
      retryAfter: expect.stringMatching(/^[12]$/),
    });
    expect(refused.standing).toContain(`t=${refused.retryAfter}`);
    expect(await ledgerRows()).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, Number(refused.retryAfter) * 1000));
    expect(await verify(bearer)).toMatchObject({ status: 200, said: true });
    expect(await ledgerRows()).toBe(before + 1);
  });

  test('every answer after the token was read shows how the caller stands', async () => {
    await limit({ perHour: 100 }, { perDay: 1000 });
    const first = await verify(await fresh());
    expect(first).toMatchObject({
      status: 200,
      policy: '"hour";q=100;w=3600, "tenant-day";q=1000;w=86400',
      standing: expect.stringMatching(/^"hour";r=\d+;t=\d+, "tenant-day";r=\d+;t=\d+$/),
    });
    const wrong = await verify(await fresh(), { phoneNumber: 'no number' });
    expect(wrong).toMatchObject({ status: 400, policy: first.policy });
    const remaining = (standing: string | null): number => Number(/"hour";r=(\d+)/.exec(standing!)![1]);
    expect(remaining(wrong.standing)).toBe(remaining(first.standing) - 1);
    expect(await verify('no token')).toMatchObject({ status: 401, policy: null, standing: null });
  });

  test('a quota counts what went to an operator, and says until when it is used up', async () => {
    await limit({}, { perMonth: 2000 });
    const bad = await fresh();
    const left = async (): Promise<number> => {
      const { standing } = await verify(bad, {});
      return Number(/"tenant-month";r=(\d+)/.exec(standing!)![1]);
    };
    const before = await left();
    for (let i = 0; i < 3; i += 1) expect((await verify(bad, {})).status).toBe(400);
    expect(await left()).toBe(before);
    expect((await verify(await fresh())).status).toBe(200);
    expect(await left()).toBe(before - 1);
    await limit({}, { perMonth: 1 });
    const refused = await verify(await fresh());
    expect(refused).toMatchObject({ status: 429, said: 'QUOTA_EXCEEDED' });
    expect(refused.standing).toBe(`"tenant-month";r=0;t=${refused.retryAfter}`);
    const endsAt = new Date(Date.now() + Number(refused.retryAfter) * 1000);
    expect(endsAt.getTime()).toBeGreaterThanOrEqual(Date.UTC(endsAt.getUTCFullYear(), endsAt.getUTCMonth()));
    expect(endsAt.getUTCDate()).toBe(1);
  });

  test('calls at once beyond the cap are refused, and those that were let in free their place', async () => {
    await limit({ concurrent: 2 });
    const tokens = await Promise.all(Array.from({ length: 30 }, fresh));
    const answers = await Promise.all(tokens.map((bearer) => verify(bearer)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(answers.find(({ status }) => status === 429)).toMatchObject({
      policy: '"concurrent";q=2;qu="concurrent-requests"',
      standing: '"concurrent";r=0',
      retryAfter: '1',
    });
    for (let i = 0; i < 5; i += 1) expect((await verify(await fresh())).status).toBe(200);
  });
});

const describeWithRedis = redisInstalled() ? describe : describe.skip;

describeWithRedis('limits in Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
    await start({ REDIS_URL: redis.url, REPLICAS: '2' });
  }, 60_000);
  afterAll(async () => {
    await stop();
    await redis?.close();
  });

  const passed = async (calls: number): Promise<number> => {
    let count = 0;
    for (let i = 0; i < calls; i += 1) if ((await verify(await fresh())).status === 200) count += 1;
    return count;
  };

  test('hold for all replicas while it answers, and by replicas while it does not', async () => {
    await limit({ ratePerSecond: 0.001, burst: 6 });
    expect(await passed(8)).toBe(6);
    // A subscription that has its part of the limit left, and Redis too far away to say so.
    await limit({ perMonth: 100_000 }, { ratePerSecond: 0.001, burst: 6 });
    const tokens = await Promise.all(Array.from({ length: 6 }, fresh));
    redis.freeze();
    const statuses: number[] = [];
    for (const bearer of tokens) statuses.push((await verify(bearer)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
    const metrics = await (await fetch(`${gateway.managementUrl}/metrics`)).text();
    expect(metrics).toMatch(/policy="rate",decision="deny",store="memory"\} 2/);
    expect(metrics).toMatch(/policy="rate",decision="deny",store="fallback"\} 3/);
    redis.thaw();
  });
});
