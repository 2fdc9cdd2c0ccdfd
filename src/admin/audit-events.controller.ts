import { Controller } from '@nestjs/common';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import {
  AuditEventView,
  AuditEvents,
  AuditEventsExportQuery,
  AuditEventsQuery,
  type AuditFilter,
} from './audit-events.js';
import { AuditTrail } from './audit-trail.js';
import { Changes } from './changes.js';
import { listAfter, readCursor, writeCursor } from './long-listing.js';
import { Operation } from './operation.js';
import { invalid } from './refusal.js';
import { Transactions } from './transactions.js';
import { NDJSON, sendExport } from './usage-export.js';

@Controller('admin/v1/audit-events')
@AdminRoutes()
export class AuditEventsController {
  constructor(
    private readonly events: AuditEvents,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly changes: Changes,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listAuditEvents',
    summary: 'Lists who changed what, the newest first; the cursor of a page says where the next one begins',
    permission: 'audit:read',
    query: AuditEventsQuery,
    answer: listAfter(AuditEventView),
  })
  async list(@Call() { principal, query }: AdminCall<unknown, AuditEventsQuery>): Promise<Answer> {
    requireOrder(query);
    const before = query.cursor === undefined ? undefined : readCursor(query.cursor);
    if (before !== undefined && !/^\d{1,18}$/.test(before)) {
      throw invalid('query.cursor', 'must be the nextCursor of the page before');
    }
    const rows = await this.events.page(principal.tenantId, query, query.limit, before);
    const last = rows.length === query.limit ? rows.at(-1) : undefined;
    const items = rows.map((row) => AuditEventView.parse(row));
    return { status: 200, body: { items, nextCursor: last && writeCursor(last.seq) } };
  }

  @Operation({
    method: 'GET',
    path: 'export',
    operationId: 'exportAuditEvents',
    summary: 'Exports who changed what as NDJSON, the newest first',
    permission: 'audit:export',
    query: AuditEventsExportQuery,
    produces: ['application/x-ndjson'],
  })
  async export(@Call() call: AdminCall<unknown, AuditFilter>): Promise<Answer | undefined> {
    const { principal, query, reply } = call;
    requireOrder(query);
    // Who took data away is on record before the first byte leaves.
    await this.transactions.run(principal, (manager) =>
      this.audit.append(manager, this.changes.originOf(call), {
        action: 'audit.export',
        resource: { type: 'audit', id: principal.tenantId ?? 'all' },
        tenantId: principal.tenantId,
        after: { ...query, from: query.from?.toISOString(), to: query.to?.toISOString() },
      }),
    );
    await sendExport(reply, NDJSON, 'audit-events', this.events.stream(principal.tenantId, query));
    return undefined;
  }
}

function requireOrder({ from, to }: AuditFilter): void {
  if (from && to && from >= to) throw invalid('query.from', 'must be before to');
}
