import { Metrics } from '../telemetry/metrics.js';
import { Logger } from '../telemetry/logger.js';
import { LimiterRedis } from './redis-client.js';

/** What a call may wait for Redis; then it is decided without. */
const PATIENCE_MS = 5;
/** So many late answers in a row, or one failure, and Redis is left alone. */
const LATE_IN_A_ROW = 3;
const PROBE_EVERY_MS = 1000;
/** So many failed probes in a row, and the connection is made anew: it may have died without a word. */
const PROBES_PER_CONNECTION = 5;

/**
 * The line to Redis, with a circuit of its own: after a failure nobody asks Redis, and nobody waits for it, until a
 * probe (one a second) was answered in time.
 */
export class RedisLine {
  private up = false;
  private late = 0;
  private lateAtMs = 0;
  private failedProbes = 0;
  private probing = false;
  private closed = false;
  private readonly prober: NodeJS.Timeout;

  /** @param patienceMs what one call may wait */
  constructor(
    private readonly redis: LimiterRedis,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.decides(false);
    // Without a listener ioredis prints every failed attempt.
    redis.on('error', () => this.failed('connection'));
    redis.on('close', () => this.failed('connection'));
    redis.on('ready', () => void this.probe());
    this.prober = setInterval(() => void this.probe(), PROBE_EVERY_MS).unref();
  }

  /** Whether Redis decides at present. */
  get usable(): boolean {
    return this.up;
  }

  /** @returns undefined when Redis did not answer in time, or not at all */
  async ask<T>(command: (redis: LimiterRedis) => Promise<T>): Promise<T | undefined> {
    const startedAt = performance.now();
    const answer = await inTime(command(this.redis), this.patienceMs);
    if (answer.came === 'failed') {
      this.failed('command');
      return undefined;
    }
    if (answer.came === 'late') {
      this.wasLate();
      return undefined;
    }
    this.late = 0;
    this.metrics.limits.storeAnswered((performance.now() - startedAt) / 1000);
    return answer.value;
  }

  /** Nobody waits for it, and nothing is done when it fails. */
  tell(command: (redis: LimiterRedis) => Promise<unknown>): void {
    command(this.redis).catch(() => undefined);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.prober);
    this.redis.disconnect();
  }

  /** Calls that waited together count once: one stumble is no outage. */
  private wasLate(): void {
    const now = performance.now();
    if (now - this.lateAtMs < this.patienceMs) return;
    this.lateAtMs = now;
    this.late += 1;
    if (this.late >= LATE_IN_A_ROW) this.failed('slow');
  }

  private failed(reason: 'connection' | 'command' | 'slow'): void {
    if (!this.up || this.closed) return;
    this.up = false;
    this.decides(false);
    this.logger.warn({ reason }, 'Redis does not answer: limits are counted in this process');
  }

  private decides(yes: boolean): void {
    this.metrics.limits.degraded(!yes);
    this.metrics.database.dependency('redis', yes);
  }

  private async probe(): Promise<void> {
    if (this.up || this.probing || this.closed) return;
    this.probing = true;
    const answer = await inTime(this.redis.ping(), this.patienceMs);
    this.probing = false;
    if (this.closed) return;
    if (answer.came === 'answered') {
      this.up = true;
      this.late = 0;
      this.failedProbes = 0;
      this.decides(true);
      this.logger.info('Redis answers: limits are counted for all replicas');
      return;
    }
    this.failedProbes += 1;
    if (this.failedProbes % PROBES_PER_CONNECTION === 0) this.redis.disconnect(true);
  }
}

type Answer<T> = { came: 'answered'; value: T } | { came: 'late' } | { came: 'failed' };

/**
 * The timer is followed by one more look at the sockets: an answer that came in time to a process that was busy
 * itself is not late.
 */
async function inTime<T>(answer: Promise<T>, patienceMs: number): Promise<Answer<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer<T>>((resolve) => {
    timer = setTimeout(() => setImmediate(resolve, { came: 'late' }), patienceMs);
  });
  try {
    return await Promise.race([late, answer.then((value): Answer<T> => ({ came: 'answered', value }))]);
  } catch {
    return { came: 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
