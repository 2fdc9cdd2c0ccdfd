import { OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { hangUp } from './hang-up.js';
import { TIMEOUTS } from './timeouts.js';

/** What can change in the database and is kept in memory. */
export type Topic = 'tenants' | 'routing';

const CHANNEL = 'nv_gateway';
/** At most one attempt to connect a second; processes that lost the same server do not come back in step. */
const RECONNECT_MS = { shortest: 1_000, spread: 1_000 };
const HEARTBEAT_MS = 10_000;

/**
 * One connection that hears of changes as they are committed. It only makes things faster: whoever listens also
 * looks by itself, because a connection can be dead for long without anybody noticing.
 */
export class Notifications implements OnApplicationShutdown {
  private readonly listeners = new Map<Topic, (() => void)[]>();
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /** Whether the connection answered when it was last asked. */
  get connected(): boolean {
    return this.client !== undefined;
  }

  /** @param listener called after a change, and whenever one may have been missed */
  on(topic: Topic, listener: () => void): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  /** Connects in the background, and again whenever the connection is lost. */
  start(): this {
    this.next(0);
    return this;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.working;
    if (this.client) await hangUp(this.client);
  }

  private next(inMs: number): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const work = () => (this.client ? this.beat(this.client) : this.connect());
    this.timer = setTimeout(() => {
      this.working = work();
    }, inMs).unref();
  }

  private async connect(): Promise<void> {
    const { statement_timeout: _none, ...timeouts } = TIMEOUTS;
    const client = new Client({
      connectionString: this.url,
      application_name: 'gateway-listen',
      keepAlive: true,
      keepAliveInitialDelayMillis: HEARTBEAT_MS,
      ...timeouts,
    });
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ payload }) => this.tell(payload as Topic));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      if (this.closed) return await hangUp(client);
      this.client = client;
      this.metrics.database.listens(true);
      // Whatever was changed while nobody listened.
      for (const topic of this.listeners.keys()) this.tell(topic);
      this.next(HEARTBEAT_MS);
    } catch {
      await hangUp(client);
      this.next(RECONNECT_MS.shortest + RECONNECT_MS.spread * Math.random());
    }
  }

  private async beat(client: Client): Promise<void> {
    try {
      await client.query('SELECT');
      this.next(HEARTBEAT_MS);
    } catch {
      this.lose(client);
      await hangUp(client);
    }
  }

  private lose(client: Client): void {
    if (client !== this.client) return;
    this.client = undefined;
    this.metrics.database.listens(false);
    if (this.closed) return;
    this.logger.warn('changes of the configuration are heard of late: their connection was lost');
    this.next(RECONNECT_MS.shortest + RECONNECT_MS.spread * Math.random());
  }

  private tell(topic: Topic): void {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }
}
