import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Why the database was read: the process began, it was told of a change, or it looked by itself. */
export type RefreshTrigger = 'start' | 'notify' | 'poll';

const TRIGGERS: readonly RefreshTrigger[] = ['start', 'notify', 'poll'];

/** How fresh the control plane in memory is. */
export class SnapshotMetrics {
  private readonly revision: Gauge;
  private readonly refreshed: Gauge;
  private readonly refreshes: Counter<'trigger' | 'result'>;
  private readonly propagation: Histogram;
  private readonly listening: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.revision = new Gauge({
      name: 'nvgw_snapshot_revision',
      help: 'Revision of the tenants in memory',
      registers,
    });
    this.refreshed = new Gauge({
      name: 'nvgw_snapshot_refreshed_timestamp_seconds',
      help: 'When the tenants in memory were last compared with Postgres',
      registers,
    });
    this.refreshes = new Counter({
      name: 'nvgw_snapshot_refresh_total',
      help: 'Readings of the tenants',
      labelNames: ['trigger', 'result'],
      registers,
    });
    this.propagation = new Histogram({
      name: 'nvgw_snapshot_propagation_seconds',
      help: 'From a change to its being in force in this process',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
      registers,
    });
    this.listening = new Gauge({
      name: 'nvgw_db_listen_connected',
      help: '1 while the LISTEN connection answers its heartbeat',
      registers,
    });
    for (const trigger of TRIGGERS) {
      for (const result of ['ok', 'error']) this.refreshes.inc({ trigger, result }, 0);
    }
  }

  refresh(trigger: RefreshTrigger, result: 'ok' | 'error'): void {
    this.refreshes.inc({ trigger, result });
  }

  /** @param ageSeconds since memory and Postgres were known to agree */
  compared(revision: string, ageSeconds = 0): void {
    this.revision.set(Number(revision));
    this.refreshed.set(Date.now() / 1000 - ageSeconds);
  }

  propagated(seconds: number): void {
    this.propagation.observe(seconds);
  }

  listens(connected: boolean): void {
    this.listening.set(connected ? 1 : 0);
  }
}
