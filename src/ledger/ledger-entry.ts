import { randomUUID } from 'node:crypto';
import { Grant } from '../contract/grant.js';
import { Operation } from '../contract/number-verification.js';
import { scrubCorrelator } from '../telemetry/scrub.js';

/** The northbound version these calls are made in. */
const NORTHBOUND = '2.1';

/** Names one row: its own id, and the key under which it stands. */
export interface RowKey {
  readonly id: string;
  readonly issueDate: string;
  readonly grant: { readonly jti: string };
}

/** What a row says of its call, wherever it is written first: in Postgres or in the journal. */
export interface RecordedEntry {
  /** UUID version 7; the row is ours when it stands under this id. */
  readonly id: string;
  readonly grant: Pick<
    Grant,
    | 'jti'
    | 'expiresAt'
    | 'tenantId'
    | 'applicationId'
    | 'subscriptionId'
    | 'registrationId'
    | 'operatorId'
    | 'purpose'
  >;
  readonly operation: Operation;
  /** CAMARA Number Verification, such as `2.1`. */
  readonly northbound: string;
  /** The consumer's, scrubbed; empty for none. */
  readonly correlator: string;
  /** Day of the token's issue in UTC, `2026-01-31`: with the jti, the key. */
  readonly issueDate: string;
  readonly startedAtMs: number;
}

/** One dispatched call, from the insert of its row until its outcome is written. */
export interface LedgerEntry extends RecordedEntry {
  readonly grant: Grant;
  /** performance.now() at the start: durations do not follow a corrected wall clock. */
  readonly startedTick: number;
}

export function ledgerEntry(grant: Grant, operation: Operation, correlator: string): LedgerEntry {
  const startedAtMs = Date.now();
  return {
    id: uuidV7(startedAtMs),
    grant,
    operation,
    northbound: NORTHBOUND,
    correlator: scrubCorrelator(correlator),
    issueDate: utcDate(grant.issuedAt),
    startedAtMs,
    startedTick: performance.now(),
  };
}

let stampedMs = 0;
let stamp = '';

/** RFC 9562 §5.7: 48 bits of milliseconds before the random bits of a version 4. */
function uuidV7(nowMs: number): string {
  if (nowMs !== stampedMs) {
    const hex = nowMs.toString(16).padStart(12, '0');
    stamp = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    stampedMs = nowMs;
  }
  return stamp + randomUUID().slice(15);
}

const DAY_SECONDS = 86_400;
let knownDay = -1;
let knownDate = '';

/** @param seconds since the epoch */
export function utcDate(seconds: number): string {
  const day = Math.floor(seconds / DAY_SECONDS);
  if (day !== knownDay) {
    knownDate = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
    knownDay = day;
  }
  return knownDate;
}
