import { Snapshot } from '../database/reports.js';
import { AuditRow, auditBytes } from './audit-row.js';

/** A row as it stands in the table. */
type StoredRow = AuditRow & { readonly prevHash: Buffer; readonly hash: Buffer };

/** The row at which the chain does not hold, and why. */
interface AuditBreak {
  readonly seq: string;
  readonly why: string;
}

export interface AuditVerdict {
  /** Rows that were read, up to and with the broken one. */
  readonly count: number;
  /** Undefined: the log is as it was written. */
  readonly broken: AuditBreak | undefined;
}

/** Old rows are deleted after their time of retention; this action says up to which, and what the last one's hash was. */
export const PURGE = 'audit.purge';

/** Rows are written to the millisecond: whatever stands beyond was put there by somebody else, and stays to be seen. */
const ROW = `
SELECT seq, id,
  regexp_replace(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', '') || 'Z' AS at,
  actor, action, resource, tenant_id AS "tenantId", before, after, ip, user_agent AS "userAgent", correlator,
  idempotency_key AS "idempotencyKey", prev_hash AS "prevHash", hash
FROM audit_events ORDER BY seq`;

/**
 * Reads the whole log, batch by batch, and follows its chain of HMACs: no row was changed, none is missing between the
 * first and the newest, none has moved. Who holds the audit key could have made another log; nobody else could.
 * @param mac HMAC-SHA-256 under the key of the audit log
 */
export async function verifyAudit(
  snapshot: Snapshot,
  mac: (data: Uint8Array) => Buffer,
): Promise<AuditVerdict> {
  const chain = new Chain(mac);
  for await (const rows of snapshot.batches<StoredRow>(ROW)) {
    for (const row of rows) {
      const why = chain.follow(row);
      if (why !== undefined) return { count: chain.count, broken: { seq: row.seq, why } };
    }
  }
  const [head] = await snapshot.rows<{ seq: string; hash: Buffer }>('SELECT seq, hash FROM audit_head');
  return { count: chain.count, broken: chain.end(head) };
}

class Chain {
  count = 0;
  private first: StoredRow | undefined;
  private last: StoredRow | undefined;
  /** Of the newest purge: the first row that is left must follow on it. */
  private purged: unknown;

  constructor(private readonly mac: (data: Uint8Array) => Buffer) {}

  /** @returns why the row does not follow on those before it */
  follow(stored: StoredRow): string | undefined {
    this.count++;
    const { prevHash, hash, ...row } = stored;
    if (!this.mac(auditBytes(prevHash, row)).equals(hash)) return 'it is not as it was written';
    if (this.last && BigInt(row.seq) !== BigInt(this.last.seq) + 1n) return 'rows before it are missing';
    if (this.last && !prevHash.equals(this.last.hash)) return 'it does not follow on the row before it';
    this.first ??= stored;
    this.last = stored;
    if (row.action === PURGE) this.purged = row.after;
    return undefined;
  }

  /** What only the whole of it shows: that neither end was cut off. */
  end(head: { seq: string; hash: Buffer } | undefined): AuditBreak | undefined {
    if (!head) return { seq: '0', why: 'the head of the log is missing' };
    if (this.last?.hash.equals(head.hash) === false || head.seq !== (this.last?.seq ?? '0')) {
      return { seq: head.seq, why: 'the newest row is not the one that was written last' };
    }
    if (!this.first || this.begins(this.first)) return undefined;
    return { seq: this.first.seq, why: 'rows before it are missing, and no purge says so' };
  }

  private begins({ seq, prevHash }: StoredRow): boolean {
    if (seq === '1') return prevHash.length === 0;
    const { lastSeq, lastHash } = (this.purged ?? {}) as { lastSeq?: unknown; lastHash?: unknown };
    return lastSeq === String(BigInt(seq) - 1n) && lastHash === prevHash.toString('hex');
  }
}
