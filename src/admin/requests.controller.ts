import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { isCorrelator } from '../contract/correlator.js';
import { UsageRecord } from '../ledger/usage-record.js';
import { UsageReports } from '../ledger/usage-reports.js';
import { Operators } from '../operators/operators.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { AdminRefusal } from './refusal.js';

const MOST = 50;

const { operation, operator, outcome, reason, blame, httpStatus, startedAt, durationMs, purpose } =
  UsageRecord.shape;

/** One call as support sees it. */
const RequestView = z
  .object({
    operation,
    operator,
    /** Of the operator's API; absent when the operator is gone. */
    dialect: z.string().optional(),
    outcome,
    reason,
    blame,
    httpStatus,
    startedAt,
    durationMs,
    tenant: z.uuid(),
    application: z.uuid(),
    subscription: z.uuid(),
    purpose,
  })
  .meta({ id: 'RecordedRequest' });

@Controller('admin/v1/requests')
@AdminRoutes()
export class RequestsController {
  constructor(
    private readonly usage: UsageReports,
    private readonly operators: Operators,
  ) {}

  @Operation({
    method: 'GET',
    path: ':correlator',
    operationId: 'getRequests',
    summary:
      'Finds calls by their x-correlator, at most 50, the newest first. One that looked like a phone number or the ' +
      'hash of one was not kept and is not found; neither are calls that never reached an operator',
    permission: 'requests:read',
    answer: z.object({ items: z.array(RequestView) }),
  })
  async find(@Call() { principal, params }: AdminCall): Promise<Answer> {
    const { correlator = '' } = params;
    const calls = isCorrelator(correlator)
      ? await this.usage.byCorrelator(principal.tenantId, correlator, MOST)
      : [];
    if (calls.length === 0) throw new AdminRefusal('notFound');
    return { status: 200, body: { items: calls.map((call) => this.view(call)) } };
  }

  private view(call: UsageRecord): z.infer<typeof RequestView> {
    return RequestView.parse({
      ...call,
      dialect: this.operators.get(call.operator)?.dialect.name,
      tenant: call.tenantId,
      application: call.applicationId,
      subscription: call.subscriptionId,
    });
  }
}
