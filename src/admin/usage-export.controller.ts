import { Controller } from '@nestjs/common';
import { UsageReports } from '../ledger/usage-reports.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { AuditTrail } from './audit-trail.js';
import { Changes } from './changes.js';
import { Operation } from './operation.js';
import { Transactions } from './transactions.js';
import { NDJSON, USAGE_CSV, sendExport } from './usage-export.js';
import { UsageExportQuery, usageFilter } from './usage-query.js';

const FORMATS = { csv: USAGE_CSV, ndjson: NDJSON } as const;

@Controller('admin/v1/usage/export')
@AdminRoutes()
export class UsageExportController {
  constructor(
    private readonly usage: UsageReports,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly changes: Changes,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'exportUsage',
    summary: 'Exports calls, the oldest first, as CSV (RFC 4180, safe to open in a spreadsheet) or NDJSON',
    permission: 'usage:export',
    query: UsageExportQuery,
    produces: ['text/csv', 'application/x-ndjson'],
  })
  async export(@Call() call: AdminCall<unknown, UsageExportQuery>): Promise<Answer | undefined> {
    const { principal, query, reply } = call;
    const { from, to, ...filters } = usageFilter(query);
    const asked = { from: from.toISOString(), to: to.toISOString(), format: query.format, ...filters };
    // Who took data away is on record before the first byte leaves.
    await this.transactions.run(principal, (manager) =>
      this.audit.append(manager, this.changes.originOf(call), {
        action: 'usage.export',
        resource: { type: 'usage', id: principal.tenantId ?? 'all' },
        tenantId: principal.tenantId,
        after: asked,
      }),
    );
    const name = `usage-${asked.from.slice(0, 10)}-${asked.to.slice(0, 10)}`;
    const batches = this.usage.stream(principal.tenantId, { from, to, ...filters });
    await sendExport(reply, FORMATS[query.format], name, batches);
    return undefined;
  }
}
