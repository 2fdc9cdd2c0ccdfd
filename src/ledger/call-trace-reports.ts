import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Reports } from '../database/reports.js';

const milliseconds = z.number();

/** One request of the gateway to an operator. */
const HopView = z
  .object({
    operator: z.string(),
    dialect: z.string(),
    target: z.enum(['api', 'token']),
    operation: z.string(),
    durationMs: milliseconds,
    /** Connections tried. */
    attempts: z.int(),
    /** The operator's HTTP status; absent when no whole answer came. */
    status: z.int().optional(),
    /** `answered`, or what the answer or its absence was mapped to. */
    mapped: z.string(),
    detail: z.string().optional(),
  })
  .meta({ id: 'CallTraceHop' });

/** Why a request ended as it did: closed words, ids and times. No number, no hash, no token, no address. */
export const CallTraceView = z
  .object({
    plane: z.enum(['data', 'auth', 'admin', 'other']),
    route: z.string(),
    method: z.string(),
    operation: z.string().optional(),
    flow: z.string().optional(),
    rule: z.string().optional(),
    operator: z.string().optional(),
    status: z.int(),
    outcome: z.string(),
    code: z.string().optional(),
    reason: z.string().optional(),
    detail: z.string().optional(),
    blame: z.enum(['gateway', 'operator', 'client']).optional(),
    traceId: z.string().optional(),
    durationMs: milliseconds,
    ledgerMs: milliseconds.optional(),
    hops: z.array(HopView),
  })
  .meta({ id: 'CallTrace' });

/** A trace as it was kept. */
export interface KeptTrace {
  /** Of its usage record; null: no operator has seen it. */
  readonly ledgerId: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly startedAt: string;
  /** null: nobody proved who they are. */
  readonly tenantId: string | null;
  readonly applicationId: string | null;
  readonly trace: z.infer<typeof CallTraceView>;
}

const SELECT = `
SELECT ledger_id AS "ledgerId", tenant_id AS "tenantId", application_id AS "applicationId", trace,
  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "startedAt"
FROM call_traces
WHERE correlator = $1 AND at > now() - interval '24 hours'
ORDER BY at DESC LIMIT $2`;

/** Looks for traces, of every tenant (`tenantId` null) or of one, who sees its own alone. */
@Injectable()
export class CallTraceReports {
  constructor(private readonly reports: Reports) {}

  /** Those of the last 24 hours, the newest first. */
  byCorrelator(tenantId: string | null, correlator: string, limit: number): Promise<KeptTrace[]> {
    return this.reports.run(tenantId, (snapshot) => snapshot.rows<KeptTrace>(SELECT, [correlator, limit]));
  }
}
