import { Gauge } from 'prom-client';
import { Distribution } from './distribution.js';
import { Families } from './families.js';
import { Dependency } from './labels.js';

const WAITS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5];

/** What a pool of connections says of itself. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Connections to Postgres, and what else this process depends on. */
export class DatabaseMetrics {
  private readonly connections: Gauge;
  private readonly wait: Distribution;
  private readonly listening: Gauge;
  private readonly up: Gauge;
  /** What each of those that use Postgres has last found. */
  private readonly postgres = new Map<string, boolean>();

  constructor(private readonly families: Families) {
    const labels = ['pool', 'state'];
    this.connections = families.gauge('db_pool_connections', 'Connections to Postgres', labels);
    const help = 'What a statement waits for a connection';
    this.wait = families.histogram('db_pool_wait_seconds', help, WAITS, ['pool']);
    const listening = '1 while the LISTEN connection answers its heartbeat';
    this.listening = families.gauge('db_listen_connected', listening);
    const up = '1 while it answered when it was last used or asked';
    this.up = families.gauge('dependency_up', up, ['dependency']);
    this.up.set({ dependency: 'postgres' }, 0);
  }

  /** @param pool its counts are read when a page is made */
  pool(name: string, pool: PoolCounts): void {
    this.families.sample(() => {
      this.connections.set({ pool: name, state: 'total' }, pool.totalCount);
      this.connections.set({ pool: name, state: 'idle' }, pool.idleCount);
      this.connections.set({ pool: name, state: 'waiting' }, pool.waitingCount);
    });
  }

  /** @returns takes the seconds that a statement waited */
  waiting(pool: string): (seconds: number) => void {
    const series = this.wait.of(pool);
    return (seconds) => series.observe(seconds);
  }

  listens(connected: boolean): void {
    this.listening.set(connected ? 1 : 0);
    this.reached('listen', connected);
  }

  /** @param who uses Postgres; it is up while it is for all of them */
  reached(who: 'listen' | 'ledger', up: boolean): void {
    this.postgres.set(who, up);
    this.dependency('postgres', [...this.postgres.values()].every(Boolean));
  }

  dependency(dependency: Dependency, up: boolean): void {
    this.up.set({ dependency }, up ? 1 : 0);
  }
}
