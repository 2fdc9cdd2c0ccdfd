import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { Macs } from '../grants/macs.js';
import type { Principal } from './principal.js';

interface AuditResource {
  readonly type: string;
  readonly id: string;
  readonly key?: string;
}

/** One change, as it is told afterwards. Values are those of the views: no secret stands in them. */
export interface AuditedChange {
  /** `tenant.create`, `credential.rotate`: `<type>.<verb>`. */
  readonly action: string;
  readonly resource: AuditResource;
  readonly tenantId: string | null;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** Who made a change, and whence. */
export interface AuditOrigin {
  readonly principal: Pick<Principal, 'type' | 'id' | 'roles' | 'display'>;
  readonly correlator: string;
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

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

/** Changes that bump these say nothing by themselves. */
const BOOKKEEPING = new Set(['version', 'updatedAt']);

/** Writes the audit log in the transaction of the change: no row, no change. */
@Injectable()
export class AuditTrail {
  constructor(private readonly macs: Macs) {}

  /** Takes the lock of the chain: call it last. */
  async append(manager: EntityManager, origin: AuditOrigin, change: AuditedChange): Promise<void> {
    const [head] = await manager.query<{ seq: string; hash: Buffer }[]>(
      'SELECT seq, hash FROM audit_head FOR UPDATE',
    );
    const { type, id, roles, display } = origin.principal;
    const { before, after } = difference(change.before, change.after);
    const row: AuditRow = {
      seq: String(BigInt(head!.seq) + 1n),
      id: randomUUID(),
      at: new Date().toISOString(),
      actor: { type, id, roles, display },
      action: change.action,
      resource: change.resource,
      tenantId: change.tenantId,
      before: before ?? null,
      after: after ?? null,
      ip: origin.ip ?? null,
      userAgent: origin.userAgent?.slice(0, 200) ?? null,
      correlator: origin.correlator,
      idempotencyKey: origin.idempotencyKey ?? null,
    };
    const hash = this.macs.of('audit', auditBytes(head!.hash, row));
    await manager.query(
      `INSERT INTO audit_events (seq, id, at, actor, action, resource, tenant_id, before, after, ip, user_agent,
         correlator, idempotency_key, prev_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        row.seq,
        row.id,
        row.at,
        json(row.actor),
        row.action,
        json(row.resource),
        row.tenantId,
        json(row.before),
        json(row.after),
        row.ip,
        row.userAgent,
        row.correlator,
        row.idempotencyKey,
        head!.hash,
        hash,
      ],
    );
    await manager.query('UPDATE audit_head SET seq = $1, hash = $2', [row.seq, hash]);
  }
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

type Values = Readonly<Record<string, unknown>>;

/** Only what changed. */
function difference(before?: Values, after?: Values): { before?: Values; after?: Values } {
  if (!before || !after) return { ...(before && { before }), ...(after && { after }) };
  const changed = Object.keys({ ...before, ...after }).filter(
    (name) => !BOOKKEEPING.has(name) && !isDeepStrictEqual(before[name], after[name]),
  );
  const pick = (of: Values): Values =>
    Object.fromEntries(changed.filter((name) => name in of).map((name) => [name, of[name]]));
  return { before: pick(before), after: pick(after) };
}

/** jsonb keeps no order of keys, so the hash must not depend on one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
