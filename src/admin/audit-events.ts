import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Reports } from '../database/reports.js';
import { cursor, instant, limit, texts, uuids } from './long-listing.js';

const filters = {
  /** Ids of members. */
  actor: texts.optional(),
  action: texts.optional(),
  resourceType: texts.optional(),
  resourceId: texts.optional(),
  tenant: uuids.optional(),
  /** Inclusive. */
  from: instant.optional(),
  /** Exclusive. */
  to: instant.optional(),
};

export const AuditEventsExportQuery = z.strictObject(filters);
export type AuditFilter = z.infer<typeof AuditEventsExportQuery>;

export const AuditEventsQuery = z.strictObject({ ...filters, cursor, limit });
export type AuditEventsQuery = z.infer<typeof AuditEventsQuery>;

const values = z.record(z.string(), z.unknown()).nullable();

export const AuditEventView = z
  .object({
    id: z.uuid(),
    at: z.string(),
    actor: z.record(z.string(), z.unknown()),
    action: z.string(),
    resource: z.record(z.string(), z.unknown()),
    tenant: z.uuid().nullable(),
    /** Only what changed; null for what was made. */
    before: values,
    /** Only what changed; null for what was deleted. */
    after: values,
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    xCorrelator: z.string(),
    idempotencyKey: z.string().nullable(),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEventView = z.infer<typeof AuditEventView>;

const EVENT = `
SELECT seq, id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, actor, action, resource,
  tenant_id AS tenant, before, after, ip, user_agent AS "userAgent", correlator AS "xCorrelator",
  idempotency_key AS "idempotencyKey"
FROM audit_events`;

export type AuditEventRow = AuditEventView & { readonly seq: string };

/** The audit log as people read it: the newest first. */
@Injectable()
export class AuditEvents {
  constructor(private readonly reports: Reports) {}

  /** @param beforeSeq where the page before ended */
  page(
    tenantId: string | null,
    filter: AuditFilter,
    limitRows: number,
    beforeSeq?: string,
  ): Promise<AuditEventRow[]> {
    const { where, list } = conditionsOf(tenantId, filter, beforeSeq);
    const text = `${EVENT} ${where} ORDER BY seq DESC LIMIT $${list.push(limitRows)}`;
    return this.reports.run(tenantId, (snapshot) => snapshot.rows<AuditEventRow>(text, list));
  }

  async *stream(tenantId: string | null, filter: AuditFilter): AsyncGenerator<AuditEventView[], void> {
    const { where, list } = conditionsOf(tenantId, filter);
    const batches = this.reports.stream(tenantId, (snapshot) =>
      snapshot.batches<AuditEventRow>(`${EVENT} ${where} ORDER BY seq DESC`, list),
    );
    for await (const rows of batches) yield rows.map((row) => AuditEventView.parse(row));
  }
}

function conditionsOf(
  tenantId: string | null,
  filter: AuditFilter,
  beforeSeq?: string,
): { where: string; list: unknown[] } {
  const list: unknown[] = [];
  const conditions: string[] = [];
  const add = (condition: string, value: unknown): void => {
    if (value !== undefined) conditions.push(condition.replace('?', `$${list.push(value)}`));
  };
  // Row-level security alone would not use the index.
  add('tenant_id = ?::uuid', tenantId ?? undefined);
  add('tenant_id = ANY (?::uuid[])', filter.tenant);
  add("actor ->> 'id' = ANY (?::text[])", filter.actor);
  add('action = ANY (?::text[])', filter.action);
  add("resource ->> 'type' = ANY (?::text[])", filter.resourceType);
  add("resource ->> 'id' = ANY (?::text[])", filter.resourceId);
  add('at >= ?::timestamptz', filter.from?.toISOString());
  add('at < ?::timestamptz', filter.to?.toISOString());
  add('seq < ?::bigint', beforeSeq);
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', list };
}
