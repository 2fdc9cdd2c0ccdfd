import { LoadRecord } from '../load/load-record.js';
import { SimRecord } from '../sim/sim-record.js';
import { LedgerRow } from './evidence.js';

/** One call that went well, as the ASP saw it. */
export const called = (over: Partial<LoadRecord> = {}): LoadRecord => ({
  jti: 'a-1',
  correlator: over.jti ?? 'c-1',
  kind: 'victim',
  tenantId: 'tenant',
  subscriptionId: 'subscription',
  operatorId: 'operator',
  operation: 'verify',
  expected: 'true',
  sentAt: 1_000,
  ms: 5,
  lateMs: 0,
  status: 200,
  code: '',
  verdict: 'true',
  retryAfter: undefined,
  pod: 'gateway-1',
  illegal: '',
  ...over,
});

/** The same call, as the operator saw it. */
export const received = (over: Partial<SimRecord> = {}): SimRecord => ({
  at: 1_002,
  operatorId: 'operator',
  endpoint: 'verify',
  jti: 'a-1',
  fault: '',
  verdict: 'true',
  again: false,
  ...over,
});

/** The same call, on our record. */
export const recorded = (over: Partial<LedgerRow> = {}): LedgerRow => ({
  jti: 'a-1',
  id: 'row',
  tenantId: 'tenant',
  subscriptionId: 'subscription',
  operatorId: 'operator',
  operation: 'verify',
  result: 'MATCH',
  httpStatus: 200,
  blame: null,
  billable: true,
  correlator: 'c-1',
  ...over,
});

export const refused = (over: Partial<LoadRecord> = {}): LoadRecord =>
  called({ status: 502, code: 'BAD_GATEWAY', verdict: '', ...over });
