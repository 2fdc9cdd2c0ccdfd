import type { QueryConfig } from 'pg';
import { RowKey } from '../ledger-entry.js';
import { Outcome } from '../ledger-statements.js';
import { JournalLine } from './journal-line.js';

export type IntentLine = Extract<JournalLine, { phase: 'intent' }>;
export type OutcomeLine = Extract<JournalLine, { phase: 'outcome' }>;

const COLUMNS = `issue_date, jti, id, boot_id, tenant_id, application_id, subscription_id, registration_id, operator_id,
  operation, purpose, northbound, correlator, started_at`;
const TYPES = `issue_date date, jti text, id uuid, boot_id uuid, tenant_id uuid, application_id uuid,
  subscription_id uuid, registration_id uuid, operator_id text, operation text, purpose text, northbound text,
  correlator text, started_at timestamptz`;
/** Of a call whose outcome is at hand already. */
const ENDING = 'result, http_status, blame, duration_ms';
const ENDING_TYPES = 'result text, http_status smallint, blame text, duration_ms integer';
const GIVEN = COLUMNS.replaceAll(/\w+/g, 'g.$&');

function rowsOf(lines: readonly IntentLine[], outcomes?: ReadonlyMap<string, OutcomeLine>): string {
  const rows = lines.map(({ bootId, entry }) => {
    const ending = outcomes?.get(entry.id);
    const { jti, tenantId, applicationId, subscriptionId, registrationId, operatorId, purpose } = entry.grant;
    return {
      issue_date: entry.issueDate,
      jti,
      id: entry.id,
      boot_id: bootId,
      tenant_id: tenantId,
      application_id: applicationId,
      subscription_id: subscriptionId,
      registration_id: registrationId,
      operator_id: operatorId,
      operation: entry.operation,
      purpose,
      northbound: entry.northbound,
      correlator: entry.correlator || null,
      started_at: new Date(entry.startedAtMs),
      ...(ending && endingOf(ending)),
    };
  });
  return JSON.stringify(rows);
}

/**
 * Rows of calls that were made: unlike before a dispatch, whether their tokens have been revoked since does not
 * matter. Returns the ids of those that were not there.
 * @param outcomes of these calls, as far as they are known, by id
 */
export function replayStatement(
  lines: readonly IntentLine[],
  outcomes: ReadonlyMap<string, OutcomeLine>,
): QueryConfig {
  const text = `INSERT INTO usage_ledger (${COLUMNS}, ${ENDING}) SELECT ${GIVEN}, ${ENDING}
    FROM json_to_recordset($1) AS g (${TYPES}, ${ENDING_TYPES}) ON CONFLICT DO NOTHING RETURNING id`;
  return { name: 'journal-replay', text, values: [rowsOf(lines, outcomes)] };
}

/** Of rows that could not be inserted, keeps those under whose key another call's row stands; returns their ids. */
export function doubleDispatchStatement(lines: readonly IntentLine[]): QueryConfig {
  const text = `INSERT INTO ledger_double_dispatches (${COLUMNS}, stands_id)
    SELECT ${GIVEN}, l.id FROM json_to_recordset($1) AS g (${TYPES})
    LEFT JOIN usage_ledger l ON l.issue_date = g.issue_date AND l.jti = g.jti
    WHERE l.id IS DISTINCT FROM g.id ON CONFLICT DO NOTHING RETURNING id`;
  return { text, values: [rowsOf(lines)] };
}

const ENDINGS = `json_to_recordset($1) AS g (id uuid, issue_date date, jti text, boot_id uuid, ${ENDING_TYPES})`;

function endingOf({ outcome }: OutcomeLine): object {
  const { result, httpStatus, blame, durationMs }: Outcome<RowKey> = outcome;
  return { result, http_status: httpStatus, blame, duration_ms: durationMs };
}

function endingsOf(lines: readonly OutcomeLine[]): string {
  const rows = lines.map((line) => {
    const { id, issueDate, grant } = line.outcome.entry;
    return { id, issue_date: issueDate, jti: grant.jti, boot_id: line.bootId, ...endingOf(line) };
  });
  return JSON.stringify(rows);
}

/** Outcomes of double dispatches. */
export function doubleOutcomeStatement(lines: readonly OutcomeLine[]): QueryConfig {
  const text = `UPDATE ledger_double_dispatches d
    SET result = g.result, http_status = g.http_status, blame = g.blame, duration_ms = g.duration_ms
    FROM ${ENDINGS} WHERE d.id = g.id`;
  return { text, values: [endingsOf(lines)] };
}

/** Keeps outcomes whose row is nowhere; returns their ids. */
export function strayOutcomeStatement(lines: readonly OutcomeLine[]): QueryConfig {
  const text = `INSERT INTO ledger_stray_outcomes (id, issue_date, jti, boot_id, result, http_status, blame, duration_ms)
    SELECT g.id, g.issue_date, g.jti, g.boot_id, g.result, g.http_status, g.blame, g.duration_ms FROM ${ENDINGS}
    WHERE NOT EXISTS (SELECT FROM usage_ledger l WHERE l.issue_date = g.issue_date AND l.jti = g.jti AND l.id = g.id)
      AND NOT EXISTS (SELECT FROM ledger_double_dispatches d WHERE d.id = g.id)
    ON CONFLICT DO NOTHING RETURNING id`;
  return { text, values: [endingsOf(lines)] };
}
