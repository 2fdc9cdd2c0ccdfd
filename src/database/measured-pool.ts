import type { Pool, PoolClient } from 'pg';
import { DatabaseMetrics } from '../telemetry/database-metrics.js';

type Done = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (release?: unknown) => void,
) => void;

/** Shows a pool's connections on the page of metrics, and what statements wait for one; `query` connects as well. */
export function measure(pool: Pool, name: string, metrics: DatabaseMetrics): void {
  metrics.pool(name, pool);
  const waitedFor = metrics.waiting(name);
  const connect = pool.connect.bind(pool);
  const measured = (done?: Done): Promise<PoolClient> | void => {
    const askedAt = performance.now();
    const waited = (): void => waitedFor((performance.now() - askedAt) / 1000);
    if (done === undefined) return connect().finally(waited);
    connect((error, client, release) => {
      waited();
      done(error, client, release);
    });
  };
  pool.connect = measured as Pool['connect'];
}
