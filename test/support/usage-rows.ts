import { randomUUID } from 'node:crypto';
import type { Gateway } from '../../src/boot.js';
import { Database } from '../../src/database/database.js';

export interface UsageRow {
  tenantId: string;
  applicationId?: string;
  operator?: string;
  operation?: 'verify' | 'share';
  startedAt?: Date;
  result?: string | null;
  httpStatus?: number | null;
  blame?: string | null;
  correlator?: string | null;
}

/** Runs a statement as the owner of the tables. */
export async function query<Row extends object>(
  { app }: Pick<Gateway, 'app'>,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const pool = app.get(Database, { strict: false }).pool('admin');
  return (await pool.query<Row>(text, [...values])).rows;
}

/** Calls in the ledger, each `copies` times, one millisecond apart. */
export async function insertUsage(gateway: Pick<Gateway, 'app'>, row: UsageRow, copies = 1): Promise<void> {
  const startedAt = row.startedAt ?? new Date(Date.now() - 600_000);
  const day = startedAt.toISOString().slice(0, 10);
  await query(gateway, 'SELECT make_usage_ledger_partitions($1, $1)', [day]);
  const write = `
    INSERT INTO usage_ledger (issue_date, jti, id, boot_id, tenant_id, application_id, subscription_id, registration_id,
      operator_id, operation, purpose, northbound, correlator, started_at, result, http_status, blame, duration_ms)
    SELECT $1::date, gen_random_uuid()::text, gen_random_uuid(), gen_random_uuid(), $2, $3, gen_random_uuid(),
      gen_random_uuid(), $4, $5, 'dpv:FraudPreventionAndDetection', '2.1', $6,
      $7::timestamptz + make_interval(secs => n / 1000.0), $8, $9, $10, 12
    FROM generate_series($11::int, $12::int) AS n`;
  const most = 2_000;
  for (let first = 0; first < copies; first += most) {
    await query(gateway, write, [
      day,
      row.tenantId,
      row.applicationId ?? randomUUID(),
      row.operator ?? 'operator-a',
      row.operation ?? 'verify',
      row.correlator ?? null,
      startedAt.toISOString(),
      row.result === undefined ? 'MATCH' : row.result,
      row.httpStatus === undefined ? 200 : row.httpStatus,
      row.blame ?? null,
      first,
      Math.min(first + most, copies) - 1,
    ]);
  }
}
