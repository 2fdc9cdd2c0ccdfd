import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { isCorrelator } from '../contract/correlator.js';
import { CallTraceReports } from '../ledger/call-trace-reports.js';
import { UsageReports } from '../ledger/usage-reports.js';
import { Operators } from '../operators/operators.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { AdminRefusal } from './refusal.js';
import { RequestView, requestViews } from './request.view.js';

const MOST = 50;

@Controller('admin/v1/requests')
@AdminRoutes()
export class RequestsController {
  constructor(
    private readonly usage: UsageReports,
    private readonly traces: CallTraceReports,
    private readonly operators: Operators,
  ) {}

  @Operation({
    method: 'GET',
    path: ':correlator',
    operationId: 'getRequests',
    summary:
      'Finds calls and sign-ins by their x-correlator, at most 50, the newest first. For 24 hours those that were ' +
      'refused, failed or took a second have their trace (what was decided, how long each hop took, what the answer ' +
      'was mapped to), and those that never reached an operator are found, too; after that only what has a usage ' +
      'record. One that looked like a phone number, the hash of one or a token was not kept and is not found',
    permission: 'requests:read',
    answer: z.object({ items: z.array(RequestView) }),
  })
  async find(@Call() { principal, params }: AdminCall): Promise<Answer> {
    const { correlator = '' } = params;
    const { tenantId } = principal;
    if (!isCorrelator(correlator)) throw new AdminRefusal('notFound');
    const [records, traces] = await Promise.all([
      this.usage.byCorrelator(tenantId, correlator, MOST),
      this.traces.byCorrelator(tenantId, correlator, MOST),
    ]);
    const items = requestViews(records, traces, (id) => this.operators.get(id)?.dialect.name);
    if (items.length === 0) throw new AdminRefusal('notFound');
    return { status: 200, body: { items: items.slice(0, MOST) } };
  }
}
