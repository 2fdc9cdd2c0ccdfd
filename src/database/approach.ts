import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Logger } from '../telemetry/logger.js';
import { hangUp } from './hang-up.js';
import { schemaFault } from './schema-check.js';
import { TIMEOUTS } from './timeouts.js';

const PAUSE_MS = { first: 200, longest: 5_000 };
/** Processes that wait for the same server do not ask in step. */
const JITTER = 0.2;

/**
 * The way to Postgres while a process starts: tried for ever, so that no order of starting matters and an outage
 * never becomes a crash loop.
 */
export class Approach {
  /** Resolves once the server took us and has the schema of this version. Never rejects. */
  readonly arrived: Promise<void>;
  private obstacle: string | undefined = 'not asked yet';
  private hasWrongSchema = false;
  private readonly leaving = new AbortController();
  private readonly beganAt = performance.now();

  /** @param open what is to be done on arrival; may be tried more than once */
  constructor(
    private readonly url: string,
    private readonly open: () => Promise<void>,
    private readonly logger: Logger,
  ) {
    this.arrived = this.walk();
  }

  /** What stands in the way, for people; undefined after arrival. */
  get state(): string | undefined {
    return this.obstacle;
  }

  /** The server answers, but this version must not work on what it has. */
  get wrongSchema(): boolean {
    return this.hasWrongSchema;
  }

  /** @returns whether it has arrived, or does so within this time of its beginning */
  within(ms: number): Promise<boolean> {
    const timeout = new AbortController();
    const leftMs = Math.max(0, this.beganAt + ms - performance.now());
    const late = sleep(leftMs, false, { signal: timeout.signal }).catch(() => false);
    return Promise.race([this.arrived.then(() => true), late]).finally(() => timeout.abort());
  }

  /** Gives up; `arrived` stays pending. */
  stop(): void {
    this.leaving.abort();
  }

  private async walk(): Promise<void> {
    const { signal } = this.leaving;
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest)) {
      const obstacle = await this.tryOnce();
      if (obstacle === undefined) break;
      if (obstacle !== this.obstacle) this.logger.warn({ reason: obstacle }, 'PostgreSQL cannot be used yet');
      this.obstacle = obstacle;
      const jitter = 1 - JITTER + 2 * JITTER * Math.random();
      await sleep(pauseMs * jitter, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return new Promise(() => {});
    }
    if (this.obstacle !== 'not asked yet') this.logger.info('PostgreSQL can be used');
    this.obstacle = undefined;
  }

  private async tryOnce(): Promise<string | undefined> {
    const client = new Client({ connectionString: this.url, application_name: 'gateway-start', ...TIMEOUTS });
    client.on('error', () => {});
    try {
      await client.connect();
      const fault = await schemaFault(client);
      this.hasWrongSchema = fault !== undefined;
      if (fault === undefined) await this.open();
      return fault;
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      return message || code || 'no answer';
    } finally {
      await hangUp(client);
    }
  }
}
