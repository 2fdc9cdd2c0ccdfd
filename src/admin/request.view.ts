import { z } from 'zod';
import { CallTraceView, KeptTrace } from '../ledger/call-trace-reports.js';
import { UsageRecord } from '../ledger/usage-record.js';

const { operation, operator, outcome, reason, blame, httpStatus, startedAt, durationMs, purpose } =
  UsageRecord.shape;

/** One request as support sees it. */
export const RequestView = z
  .object({
    /** Absent for sign-ins. */
    operation: operation.optional(),
    /** Absent while none was chosen. */
    operator: operator.optional(),
    /** Of the operator's API; absent when the operator is gone. */
    dialect: z.string().optional(),
    outcome,
    reason,
    blame,
    httpStatus,
    startedAt,
    durationMs,
    /** null: nobody proved who they are. */
    tenant: z.uuid().nullable(),
    application: z.uuid().optional(),
    subscription: z.uuid().optional(),
    purpose: purpose.optional(),
    /** Whether an operator may have seen it: then it is in the usage records, and its token is spent. */
    dispatched: z.boolean(),
    /** Kept for 24 hours. */
    trace: CallTraceView.optional(),
  })
  .meta({ id: 'RecordedRequest' });
type RequestView = z.infer<typeof RequestView>;

type DialectOf = (operatorId: string) => string | undefined;

/**
 * Brings together what is on record and what was kept of it; the newest first.
 * @param traces of the same x-correlator; those without a record were refused before an operator was asked
 */
export function requestViews(
  records: readonly UsageRecord[],
  traces: readonly KeptTrace[],
  dialectOf: DialectOf,
): RequestView[] {
  const ids = new Set(records.map(({ id }) => id));
  const byRecord = new Map(traces.map((kept) => [kept.ledgerId, kept.trace]));
  const recorded = records.map((record) => ({
    ...record,
    dialect: dialectOf(record.operator),
    tenant: record.tenantId,
    application: record.applicationId,
    subscription: record.subscriptionId,
    dispatched: true,
    trace: byRecord.get(record.id),
  }));
  const others = traces
    .filter(({ ledgerId }) => ledgerId === null || !ids.has(ledgerId))
    .map((kept) => viewOf(kept, dialectOf));
  return [...recorded, ...others]
    .map((view) => RequestView.parse(view))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
}

function viewOf({ trace, tenantId, applicationId, startedAt: at }: KeptTrace, dialectOf: DialectOf): object {
  return {
    operation: operation.safeParse(trace.operation).data,
    operator: trace.operator,
    dialect: trace.operator && dialectOf(trace.operator),
    outcome: trace.code ?? trace.outcome,
    reason: trace.reason ?? null,
    blame: trace.blame ?? null,
    httpStatus: trace.status,
    startedAt: at,
    durationMs: Math.round(trace.durationMs),
    tenant: tenantId,
    application: applicationId ?? undefined,
    dispatched: false,
    trace,
  };
}
