import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { Logger } from '../telemetry/logger.js';

const PROBE_EVERY_MS = 1_000;
/** A statement that takes longer makes us look whether anybody is there; it goes on meanwhile. */
const SUSPICIOUS_MS = 400;
/** One may be lost with its connection. The first goes on while the second is out: any answer acquits. */
const PROBES_TO_CONDEMN = 2;
const PROBE_MS = 600;
/** Our statement_timeout, most of the time. */
const QUERY_CANCELED = '57014';

/** Postgres is away: whether it did what was asked before it went is not known. */
export class PostgresAway extends Error {}

/**
 * What the broker knows of whether Postgres answers: once it does not, nobody else waits for that to be found out
 * again, and those who wait already wait no longer. A statement that was too slow is not enough for that: other
 * replicas go on with a database that is merely busy, and what is accepted once must not be accepted beside it.
 */
export class PostgresReach {
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private condemning: Promise<void> | undefined;
  private readonly waiting = new Set<(error: Error) => void>();

  /**
   * @param probe one cheap statement, over a connection that nothing else waits for; a second one may be out beside it
   * @param returned called each time that Postgres answers again
   */
  constructor(
    private readonly probe: () => Promise<unknown>,
    private readonly returned: () => void,
    private readonly logger: Logger,
  ) {}

  get away(): boolean {
    return this.timer !== undefined;
  }

  /**
   * @throws PostgresAway, at once while that is known
   * @throws Error of Postgres or of the way to it, when others are answered
   */
  async ask<T>(statement: () => Promise<T>): Promise<T> {
    if (this.away) throw new PostgresAway('postgres is away');
    const suspicion = setTimeout(() => void this.judge(), SUSPICIOUS_MS).unref();
    try {
      return await this.unlessLost(statement());
    } catch (error) {
      if (error instanceof PostgresAway || isAnswer(error)) throw error;
      await this.judge();
      throw this.away ? new PostgresAway('postgres is away', { cause: error }) : error;
    } finally {
      clearTimeout(suspicion);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private unlessLost<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      void work.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }

  /** Is it away, or only busy? All who ask at the same time learn it together. */
  private judge(): Promise<void> {
    if (this.away) return Promise.resolve();
    this.condemning ??= this.condemn().finally(() => {
      this.condemning = undefined;
    });
    return this.condemning;
  }

  private async condemn(): Promise<void> {
    const probes: Promise<unknown>[] = [];
    while (probes.length < PROBES_TO_CONDEMN) {
      probes.push(this.probe());
      if (await inTime(Promise.any(probes))) return;
    }
    this.logger.error('Postgres does not answer: sign-ins are kept in memory, or refused');
    this.lookLater();
    for (const reject of this.waiting) reject(new PostgresAway('postgres is away'));
    this.waiting.clear();
  }

  private lookLater(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look(), PROBE_EVERY_MS).unref();
  }

  private async look(): Promise<void> {
    if (!(await inTime(this.probe()))) return this.lookLater();
    this.timer = undefined;
    this.logger.info('Postgres answers again');
    this.returned();
  }
}

async function inTime(probe: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  const late = sleep(PROBE_MS, false, { signal: waiting.signal }).catch(() => false);
  const answer = probe.then(
    () => true,
    () => false,
  );
  return await Promise.race([answer, late]).finally(() => waiting.abort());
}

function isAnswer(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR' && error.code !== QUERY_CANCELED;
}
