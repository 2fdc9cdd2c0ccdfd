import type { QueryArrayConfig } from 'pg';
import { arrayLiteral, element } from './array-literal.js';
import { LedgerEntry, RecordedEntry, RowKey } from './ledger-entry.js';

/** What came of a call. */
export interface Outcome<Entry extends RowKey = LedgerEntry> {
  readonly entry: Entry;
  /** MATCH, NO_MATCH, NUMBER or a Problem's reason. */
  readonly result: string;
  /** The status we answer with. */
  readonly httpStatus: number;
  readonly blame: 'gateway' | 'operator' | 'client' | undefined;
  readonly durationMs: number;
}

const INSERT = `
INSERT INTO usage_ledger (boot_id, northbound, issue_date, jti, id, tenant_id, application_id, subscription_id,
  registration_id, operator_id, operation, purpose, correlator, started_at)
SELECT $1, $2, u.issue_date, u.jti, u.id, u.tenant_id, u.application_id, u.subscription_id,
  u.registration_id, u.operator_id, u.operation, u.purpose, nullif(u.correlator, ''), to_timestamp(u.started_ms / 1000)
FROM unnest($3::date[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[],
  $11::text[], $12::text[], $13::text[], $14::float8[])
  AS u (issue_date, jti, id, tenant_id, application_id, subscription_id, registration_id, operator_id,
    operation, purpose, correlator, started_ms)
WHERE NOT EXISTS (SELECT FROM revoked_tokens r WHERE r.jti = u.jti)
ON CONFLICT DO NOTHING RETURNING id`;

/**
 * Inserts what is neither spent yet nor revoked; returns the ids of the rows that are ours.
 * @param entries at least one; all of one northbound version
 */
export function insertStatement(entries: readonly RecordedEntry[], bootId: string): QueryArrayConfig {
  const values = [
    bootId,
    entries[0]!.northbound,
    arrayLiteral(entries, (entry) => entry.issueDate),
    arrayLiteral(entries, ({ grant }) => element(grant.jti)),
    arrayLiteral(entries, (entry) => entry.id),
    arrayLiteral(entries, ({ grant }) => element(grant.tenantId)),
    arrayLiteral(entries, ({ grant }) => element(grant.applicationId)),
    arrayLiteral(entries, ({ grant }) => element(grant.subscriptionId)),
    arrayLiteral(entries, ({ grant }) => element(grant.registrationId)),
    arrayLiteral(entries, ({ grant }) => element(grant.operatorId)),
    arrayLiteral(entries, (entry) => entry.operation),
    arrayLiteral(entries, ({ grant }) => element(grant.purpose)),
    arrayLiteral(entries, (entry) => element(entry.correlator)),
    arrayLiteral(entries, (entry) => entry.startedAtMs),
  ];
  return { name: 'ledger-insert', text: INSERT, values, rowMode: 'array' };
}

// The key stands in the condition twice: without `= ANY` the planner may read the whole day and join it to the batch.
const UPDATE = `
UPDATE usage_ledger l
SET result = u.result, http_status = u.http_status, blame = u.blame, duration_ms = u.duration_ms
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::integer[])
  AS u (jti, id, result, http_status, blame, duration_ms)
WHERE l.issue_date = $1::date AND l.jti = ANY ($2::text[]) AND l.jti = u.jti AND l.id = u.id`;

/** @param outcomes of entries with one issue date: only that partition is looked at */
export function outcomeStatement(issueDate: string, outcomes: readonly Outcome<RowKey>[]): QueryArrayConfig {
  const values = [
    issueDate,
    arrayLiteral(outcomes, ({ entry }) => element(entry.grant.jti)),
    arrayLiteral(outcomes, ({ entry }) => entry.id),
    arrayLiteral(outcomes, (outcome) => element(outcome.result)),
    arrayLiteral(outcomes, (outcome) => outcome.httpStatus),
    arrayLiteral(outcomes, (outcome) => outcome.blame ?? 'NULL'),
    arrayLiteral(outcomes, (outcome) => outcome.durationMs),
  ];
  return { name: 'ledger-outcomes', text: UPDATE, values, rowMode: 'array' };
}

const DELETE = `
DELETE FROM usage_ledger WHERE issue_date = $1::date AND jti = ANY ($2::text[]) AND id = ANY ($3::uuid[])
RETURNING id`;

/**
 * Takes back rows by their own id: never another call's row for the same token.
 * @param entries with one issue date
 */
export function releaseStatement(issueDate: string, entries: readonly RowKey[]): QueryArrayConfig {
  const values = [
    issueDate,
    arrayLiteral(entries, ({ grant }) => element(grant.jti)),
    arrayLiteral(entries, (entry) => entry.id),
  ];
  return { name: 'ledger-release', text: DELETE, values, rowMode: 'array' };
}
