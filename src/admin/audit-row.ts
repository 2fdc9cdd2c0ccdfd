import type { EntityManager } from 'typeorm';

/** What of a row its hash covers, in this order. */
export interface AuditRow {
  readonly seq: string;
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly actor: unknown;
  readonly action: string;
  readonly resource: unknown;
  readonly tenantId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly correlator: string;
  readonly idempotencyKey: string | null;
}

/** The bytes under a row's HMAC: the row before it, and itself with its keys in order. */
export function auditBytes(prevHash: Uint8Array, row: AuditRow): Buffer {
  return Buffer.concat([prevHash, Buffer.from(JSON.stringify(sorted(row)))]);
}

/** A row with its place in the chain. */
type ChainedRow = AuditRow & { readonly prevHash: Buffer; readonly hash: Buffer };

/** In one statement: it is to end within the usual timeout. */
const ROWS = 200;

export async function insertAuditRows(manager: EntityManager, rows: readonly ChainedRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS) await insert(manager, rows.slice(at, at + ROWS));
}

async function insert(manager: EntityManager, rows: readonly ChainedRow[]): Promise<void> {
  const column = <T>(of: (row: (typeof rows)[number]) => T): T[] => rows.map(of);
  await manager.query(
    `INSERT INTO audit_events (seq, id, at, actor, action, resource, tenant_id, before, after, ip, user_agent,
       correlator, idempotency_key, prev_hash, hash)
     SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::jsonb[], $5::text[], $6::jsonb[],
       $7::uuid[], $8::jsonb[], $9::jsonb[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bytea[],
       $15::bytea[])`,
    [
      column(({ seq }) => seq),
      column(({ id }) => id),
      column(({ at }) => at),
      column(({ actor }) => json(actor)),
      column(({ action }) => action),
      column(({ resource }) => json(resource)),
      column(({ tenantId }) => tenantId),
      column(({ before }) => json(before)),
      column(({ after }) => json(after)),
      column(({ ip }) => ip),
      column(({ userAgent }) => userAgent),
      column(({ correlator }) => correlator),
      column(({ idempotencyKey }) => idempotencyKey),
      column(({ prevHash }) => prevHash),
      column(({ hash }) => hash),
    ],
  );
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** jsonb keeps no order of keys, so the hash must not depend on one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
