import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { Macs } from '../grants/macs.js';
import { AuditRow, auditBytes, insertAuditRows } from './audit-row.js';
import type { Principal } from './principal.js';

interface AuditResource {
  readonly type: string;
  readonly id: string;
  readonly key?: string;
  /** By `?force=true`, though a configuration file manages it. */
  readonly forced?: true;
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

/** Changes that bump these say nothing by themselves. */
const BOOKKEEPING = new Set(['version', 'updatedAt']);

/** Writes the audit log in the transaction of the change: no row, no change. */
@Injectable()
export class AuditTrail {
  constructor(private readonly macs: Macs) {}

  /** Takes the lock of the chain: call it last. */
  append(manager: EntityManager, origin: AuditOrigin, change: AuditedChange): Promise<void> {
    return this.appendAll(manager, origin, [change]);
  }

  /** The same for all that one transaction has changed, in its order. */
  async appendAll(
    manager: EntityManager,
    origin: AuditOrigin,
    changes: readonly AuditedChange[],
  ): Promise<void> {
    if (changes.length === 0) return;
    const [head] = await manager.query<Head[]>('SELECT seq, hash FROM audit_head FOR UPDATE');
    let last = head!;
    const rows = changes.map((change) => {
      const row = rowOf(origin, change, String(BigInt(last.seq) + 1n));
      const written = {
        ...row,
        prevHash: last.hash,
        hash: this.macs.of('audit', auditBytes(last.hash, row)),
      };
      last = { seq: row.seq, hash: written.hash };
      return written;
    });
    await insertAuditRows(manager, rows);
    await manager.query('UPDATE audit_head SET seq = $1, hash = $2', [last.seq, last.hash]);
  }
}

/** The newest row. */
interface Head {
  readonly seq: string;
  readonly hash: Buffer;
}

function rowOf(origin: AuditOrigin, change: AuditedChange, seq: string): AuditRow {
  const { type, id, roles, display } = origin.principal;
  const { before, after } = difference(change.before, change.after);
  return {
    seq,
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
