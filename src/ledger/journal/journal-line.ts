import { crc32 } from 'node:zlib';
import { Operation } from '../../contract/number-verification.js';
import { RecordedEntry, RowKey } from '../ledger-entry.js';
import { Outcome } from '../ledger-statements.js';

/** A call that an operator is about to see, what came of one, or that one was never sent. */
export type JournalRecord =
  | { readonly phase: 'intent'; readonly entry: RecordedEntry }
  | { readonly phase: 'outcome'; readonly outcome: Outcome<RowKey> }
  | { readonly phase: 'released'; readonly entry: RowKey };

/** A record as it was written: the n-th of one process. */
export type JournalLine = JournalRecord & { readonly seq: number; readonly bootId: string };

const CRC_LENGTH = 8;
const SPACE = ' ';

/**
 * One line of text: CRC-32 in hex, a space, a JSON array of phase, number, process and fields, a line feed. Neither
 * a phone number nor a token is among the fields.
 */
export function encodeLine(record: JournalRecord, seq: number, bootId: string): string {
  const body = JSON.stringify([record.phase, seq, bootId, ...fieldsOf(record)]);
  return `${checksum(body)} ${body}\n`;
}

/**
 * @param bytes without the line feed
 * @returns undefined when the checksum does not vouch for it, or when a newer version wrote what this one does not know
 */
export function decodeLine(bytes: Buffer): JournalLine | undefined {
  if (bytes.length <= CRC_LENGTH + 1) return undefined;
  const body = bytes.subarray(CRC_LENGTH + 1);
  if (bytes.toString('latin1', 0, CRC_LENGTH + 1) !== checksum(body) + SPACE) return undefined;
  try {
    const [phase, seq, bootId, ...fields] = JSON.parse(body.toString('utf8')) as [string, number, string];
    const record = RECORDS[phase]?.(fields);
    return record && { ...record, seq, bootId };
  } catch {
    return undefined;
  }
}

const checksum = (body: string | Buffer): string => crc32(body).toString(16).padStart(CRC_LENGTH, '0');

function fieldsOf(record: JournalRecord): unknown[] {
  if (record.phase === 'outcome') {
    const { entry, result, httpStatus, blame, durationMs } = record.outcome;
    return [entry.id, entry.issueDate, entry.grant.jti, result, httpStatus, blame ?? null, durationMs];
  }
  const { id, issueDate, grant } = record.entry;
  if (record.phase === 'released') return [id, issueDate, grant.jti];
  const { operation, northbound, correlator, startedAtMs } = record.entry;
  const g = record.entry.grant;
  const parties = [g.tenantId, g.applicationId, g.subscriptionId, g.registrationId, g.operatorId];
  const call = [operation, g.purpose, northbound, correlator, startedAtMs];
  return [id, issueDate, g.jti, g.expiresAt, ...parties, ...call];
}

const RECORDS: Record<string, ((fields: unknown[]) => JournalRecord) | undefined> = {
  intent: (fields) => {
    const [id, issueDate, jti, expiresAt, ...rest] = fields as [string, string, string, number, ...string[]];
    const [tenantId, applicationId, subscriptionId, registrationId, operatorId, ...call] = rest as Parties;
    const [operation, purpose, northbound, correlator, startedAtMs] = call as unknown as Dispatch;
    const parties = { tenantId, applicationId, subscriptionId, registrationId, operatorId };
    const grant = { jti, expiresAt, purpose, ...parties };
    return {
      phase: 'intent',
      entry: { id, issueDate, grant, operation, northbound, correlator, startedAtMs },
    };
  },
  outcome: (fields) => {
    const [id, issueDate, jti, result, httpStatus, blame, durationMs] = fields as Ending;
    const entry = { id, issueDate, grant: { jti } };
    return {
      phase: 'outcome',
      outcome: { entry, result, httpStatus, blame: blame ?? undefined, durationMs },
    };
  },
  released: (fields) => {
    const [id, issueDate, jti] = fields as [string, string, string];
    return { phase: 'released', entry: { id, issueDate, grant: { jti } } };
  },
};

type Parties = [string, string, string, string, string, ...string[]];
type Dispatch = [Operation, string, string, string, number];
type Ending = [string, string, string, string, number, NonNullable<Outcome['blame']> | null, number];
