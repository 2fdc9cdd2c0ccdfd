import { LimitSet } from '../../src/contract/limit-set.js';
import { Problem } from '../../src/contract/problem.js';
import { Lease } from '../../src/limits/lease.js';
import { Limits } from '../../src/limits/limits.js';
import { connectRedis } from '../../src/limits/redis-client.js';
import { RedisLine } from '../../src/limits/redis-line.js';
import { SharedCounters } from '../../src/limits/shared-counters.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { RedisServer, startRedisServer } from './redis-server.js';

/** A busy machine must not look like a slow Redis where the counts are exact. */
const PATIENT_MS = 500;

/** Several processes, as far as their limits go, around one real Redis; all of them have one clock. */
export class LimiterReplicas {
  readonly clock = { ms: 0 };
  private readonly open: SharedCounters[] = [];

  private constructor(readonly server: RedisServer) {}

  static async start(): Promise<LimiterReplicas> {
    return new LimiterReplicas(await startRedisServer());
  }

  /** One of so many processes: its own connection, its own memory. */
  async replica(replicas: number, patienceMs = PATIENT_MS): Promise<Replica> {
    const replica = this.began(replicas, patienceMs);
    await until(() => replica.line.usable);
    return replica;
  }

  /** The same, which has not reached Redis yet. */
  began(replicas: number, patienceMs = PATIENT_MS): Replica {
    const metrics = new Metrics();
    const connection = connectRedis(this.server.url, 2 * patienceMs);
    const line = new RedisLine(connection, metrics, createLogger('silent'), patienceMs);
    const shared = new SharedCounters(line, () => this.clock.ms);
    this.open.push(shared);
    return new Replica(line, metrics, new Limits(metrics, { clock: () => this.clock.ms, replicas, shared }));
  }

  /** Between two tests: Redis is well and empty, nobody is connected. */
  async reset(nowMs: number): Promise<void> {
    this.clock.ms = nowMs;
    this.server.thaw();
    for (const shared of this.open.splice(0)) shared.close();
    await this.command((redis) => redis.flushall());
  }

  /** Asks Redis something, beside the replicas. */
  async command<T>(ask: (redis: ReturnType<typeof connectRedis>) => Promise<T>): Promise<T> {
    const redis = connectRedis(this.server.url, 10_000);
    try {
      await until(() => redis.status === 'ready');
      return await ask(redis);
    } finally {
      redis.disconnect();
    }
  }

  async close(): Promise<void> {
    for (const shared of this.open.splice(0)) shared.close();
    await this.server.close();
  }
}

export class Replica {
  constructor(
    readonly line: RedisLine,
    readonly metrics: Metrics,
    private readonly limits: Limits,
  ) {}

  /** @param id of a subscription of the one tenant */
  async take(subscription: LimitSet, tenant: LimitSet = {}, id = 's'): Promise<Lease | Problem> {
    let lease: Lease | undefined;
    try {
      const client = { tenantId: 't', subscription: { id }, limits: { tenant, subscription } };
      lease = this.limits.take(client, { tellLimits: () => undefined });
      await lease.shared;
      return lease;
    } catch (error) {
      lease?.[Symbol.dispose]();
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  /** A call that is answered at once. @returns whether it passed */
  async call(...asked: Parameters<Replica['take']>): Promise<boolean> {
    const lease = await this.take(...asked);
    if (lease instanceof Problem) return false;
    lease.dispatched();
    lease[Symbol.dispose]();
    return true;
  }
}

export async function until(holds: () => boolean): Promise<void> {
  const endsAt = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > endsAt) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @returns how many of so many calls, by turns, pass */
export async function passed(
  replicas: Replica[],
  calls: number,
  ...asked: Parameters<Replica['call']>
): Promise<number> {
  let count = 0;
  for (let i = 0; i < calls; i += 1) if (await replicas[i % replicas.length]!.call(...asked)) count += 1;
  return count;
}
