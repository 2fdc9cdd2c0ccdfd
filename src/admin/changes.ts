import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { Macs } from '../grants/macs.js';
import { ClientAddresses } from '../routing/client-address.js';
import { AdminCall } from './admin-call.js';
import { Answer } from './answer.js';
import { AuditOrigin, AuditTrail, AuditedChange } from './audit-trail.js';
import { AdminRefusal } from './refusal.js';
import { Transactions } from './transactions.js';
import { scrubCorrelator } from '../telemetry/scrub.js';

/** What came of a change: what is answered, and what the audit log says of it. */
export interface Changed {
  readonly answer: Answer;
  /** In place of the answer's body when the request is repeated: without what is shown once. */
  readonly repeatedBody?: unknown;
  /** One row of the log, or as many as there were changes. */
  readonly audit: AuditedChange | readonly AuditedChange[];
}

interface Kept {
  readonly body_digest: Buffer;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const HOURS_KEPT = 24;

/** Every change of the admin API: one transaction with its audit row, done once per Idempotency-Key. */
@Injectable()
export class Changes {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly addresses: ClientAddresses,
    private readonly macs: Macs,
  ) {}

  /** @throws AdminRefusal aborted while the same key is in flight, keyReused with another request */
  make(call: AdminCall, work: (manager: EntityManager) => Promise<Changed>): Promise<Answer> {
    return this.transactions.run(call.principal, async (manager) => {
      const repeated = await this.repeated(manager, call);
      if (repeated) return repeated;
      const { answer, repeatedBody, audit } = await work(manager);
      await this.keep(manager, call, {
        ...answer,
        ...(repeatedBody !== undefined && { body: repeatedBody }),
      });
      await this.audit.appendAll(manager, this.originOf(call), [audit].flat());
      return answer;
    });
  }

  /** For changes that are written in a transaction of their own. */
  originOf({ principal, request, idempotencyKey }: AdminCall): AuditOrigin {
    return {
      principal,
      correlator: scrubCorrelator(request.correlator),
      ip: this.addresses.of(request.raw)?.ip,
      userAgent: request.headers['user-agent'],
      idempotencyKey,
    };
  }

  private async repeated(manager: EntityManager, call: AdminCall): Promise<Answer | undefined> {
    if (call.idempotencyKey === undefined) return undefined;
    const [lock] = await manager.query<{ free: boolean }[]>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 1)) AS free',
      [JSON.stringify(keyOf(call))],
    );
    if (!lock!.free) {
      throw new AdminRefusal('aborted', {
        message: 'The first request with this Idempotency-Key is still being worked on.',
        retryAfterSeconds: 1,
      });
    }
    const [kept] = await manager.query<Kept[]>(
      `SELECT body_digest, status, headers, body FROM idempotency_keys
       WHERE (principal, method, path, key) = ($1, $2, $3, $4)
         AND created_at > now() - make_interval(hours => ${HOURS_KEPT})`,
      keyOf(call),
    );
    if (!kept) return undefined;
    if (!kept.body_digest.equals(this.digestOf(call))) throw new AdminRefusal('keyReused');
    return {
      status: kept.status,
      headers: { ...kept.headers, 'idempotency-replayed': 'true' },
      ...(kept.body !== null && { body: kept.body }),
    };
  }

  private async keep(
    manager: EntityManager,
    call: AdminCall,
    { status, headers, body }: Answer,
  ): Promise<void> {
    if (call.idempotencyKey === undefined) return;
    await manager.query(
      `INSERT INTO idempotency_keys (principal, method, path, key, body_digest, status, headers, body)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (principal, method, path, key) DO UPDATE SET body_digest = EXCLUDED.body_digest,
         status = EXCLUDED.status, headers = EXCLUDED.headers, body = EXCLUDED.body, created_at = now()`,
      [
        ...keyOf(call),
        this.digestOf(call),
        status,
        JSON.stringify(headers ?? {}),
        body === undefined ? null : JSON.stringify(body),
      ],
    );
  }

  /** Of what the request says, not of how it is spelt. Keyed: a body may hold a secret. */
  private digestOf({ body, version, query }: AdminCall): Buffer {
    return this.macs.of('pepper', Buffer.from(JSON.stringify([body, version, query])));
  }
}

function keyOf({ principal, request, idempotencyKey }: AdminCall): string[] {
  return [principal.id, request.method, request.url.split('?')[0]!, idempotencyKey!];
}
