import { Gauge } from 'prom-client';
import { Buckets } from './distribution.js';
import { BUCKETS, Families } from './families.js';
import { REFRESH_TRIGGERS, RefreshTrigger } from './labels.js';
import { Tally } from './tally.js';

export type { RefreshTrigger } from './labels.js';

/** How fresh the control plane in memory is. */
export class SnapshotMetrics {
  private readonly revision: Gauge;
  private readonly refreshed: Gauge;
  private readonly refreshes: Tally;
  private readonly propagation: Buckets;

  constructor(families: Families) {
    this.revision = families.gauge('snapshot_revision', 'Revision of the tenants in memory');
    this.refreshed = families.gauge(
      'snapshot_refreshed_timestamp_seconds',
      'When the tenants in memory were last compared with Postgres',
    );
    this.refreshes = families.counter('snapshot_refresh_total', 'Readings of the tenants', [
      'trigger',
      'result',
    ]);
    const help = 'From a change to its being in force in this process';
    this.propagation = families.histogram('snapshot_propagation_seconds', help, BUCKETS.spread).of();
    for (const trigger of REFRESH_TRIGGERS) {
      for (const result of ['ok', 'error']) this.refreshes.of(trigger, result);
    }
  }

  refresh(trigger: RefreshTrigger, result: 'ok' | 'error'): void {
    this.refreshes.of(trigger, result).add();
  }

  /** @param ageSeconds since memory and Postgres were known to agree */
  compared(revision: string, ageSeconds = 0): void {
    this.revision.set(Number(revision));
    this.refreshed.set(Date.now() / 1000 - ageSeconds);
  }

  propagated(seconds: number): void {
    this.propagation.observe(seconds);
  }
}
