import { Injectable } from '@nestjs/common';
import { Reports, Snapshot } from '../database/reports.js';
import { UsageFilter, Values, daysOf, usageCondition } from './usage-filter.js';
import { OUTCOME_SQL } from './usage-outcome.js';
import { UsageRecord } from './usage-record.js';
import { UsageGroup, UsageSums, sumUsage } from './usage-sums.js';

const utc = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const RECORD = `
SELECT l.id, ${utc('l.started_at')} AS "startedAt", l.duration_ms AS "durationMs",
  l.tenant_id AS "tenantId", t.name AS "tenantName", l.application_id AS "applicationId", a.name AS "applicationName",
  l.subscription_id AS "subscriptionId", l.registration_id AS "registrationId", l.operator_id AS operator,
  l.operation, l.northbound AS "apiVersion", l.purpose, ${OUTCOME_SQL} AS outcome,
  CASE WHEN l.blame IS NOT NULL THEN l.result END AS reason, l.http_status AS "httpStatus", l.blame, l.billable,
  l.correlator, ${utc('l.settled_at')} AS "settledAt"
FROM usage_ledger l
LEFT JOIN tenants t ON t.id = l.tenant_id
LEFT JOIN applications a ON a.id = l.application_id`;

/** Where a page of records ended. */
export interface UsagePlace {
  readonly startedAt: string;
  readonly id: string;
}

/** Reports over the ledger, for the partner (`tenantId` null) or for one tenant, who sees its own calls alone. */
@Injectable()
export class UsageReports {
  constructor(private readonly reports: Reports) {}

  /** @returns undefined when the groups are too many */
  sums(
    tenantId: string | null,
    filter: UsageFilter,
    groupBy: readonly UsageGroup[],
  ): Promise<UsageSums | undefined> {
    return this.reports.run(tenantId, (snapshot) => sumUsage(snapshot, filter, groupBy));
  }

  /** The oldest first. @param after where the page before ended */
  page(
    tenantId: string | null,
    filter: UsageFilter,
    limit: number,
    after?: UsagePlace,
  ): Promise<UsageRecord[]> {
    const reached = after && new Date(after.startedAt);
    const rest = reached && reached > filter.from ? { ...filter, from: reached } : filter;
    return this.reports.run(tenantId, async (snapshot) => {
      const records: UsageRecord[] = [];
      for (const day of daysOf(rest)) {
        const { text, values } = select(day, after, limit - records.length);
        records.push(...(await snapshot.rows<UsageRecord>(text, values)));
        if (records.length === limit) break;
      }
      return records;
    });
  }

  /** All of them, the oldest first, as fast as they are taken. */
  stream(tenantId: string | null, filter: UsageFilter): AsyncGenerator<UsageRecord[], void> {
    return this.reports.stream(tenantId, async function* (snapshot: Snapshot) {
      for (const day of daysOf(filter)) {
        const { text, values } = select(day);
        yield* snapshot.batches<UsageRecord>(text, values);
      }
    });
  }

  /** The newest first. @param correlator as the consumer sent it; scrubbed ones are not found */
  byCorrelator(tenantId: string | null, correlator: string, limit: number): Promise<UsageRecord[]> {
    return this.reports.run(tenantId, (snapshot) =>
      snapshot.rows<UsageRecord>(
        `${RECORD} WHERE l.correlator = $1 ORDER BY l.started_at DESC, l.id DESC LIMIT $2`,
        [correlator, limit],
      ),
    );
  }
}

function select(
  filter: UsageFilter,
  after?: UsagePlace,
  limit?: number,
): { text: string; values: readonly unknown[] } {
  const values = new Values();
  const conditions = [usageCondition(filter, values)];
  if (after) {
    const place = `${values.add(after.startedAt)}::timestamptz, ${values.add(after.id)}::uuid`;
    conditions.push(`(l.started_at, l.id) > (${place})`);
  }
  const where = `WHERE ${conditions.join(' AND ')} ORDER BY l.started_at, l.id`;
  const text = `${RECORD} ${where}${limit === undefined ? '' : ` LIMIT ${values.add(limit)}`}`;
  return { text, values: values.list };
}
