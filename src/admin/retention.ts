import { randomUUID } from 'node:crypto';
import { Inject, Injectable, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { Recurring } from '../database/recurring.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { AuditTrail } from './audit-trail.js';
import { PURGE } from './audit-verify.js';

const HOUR_MS = 3_600_000;
/** In one statement: they are to end within the usual timeout. */
const ROWS = 500;
const AUDIT_MONTHS = 24;

const deletedLongAgo = (table: string): string => `${table}.deleted_at < now() - interval '30 days'`;
const applicationGone = (table: string): string =>
  `EXISTS (SELECT FROM applications a WHERE a.id = ${table}.application_id AND ${deletedLongAgo('a')})`;
const nobodyIn = (table: string, child: string, column: string): string =>
  `NOT EXISTS (SELECT FROM ${child} c WHERE c.${column} = ${table}.id)`;

/** Table → what of it has had its time; children before what they belong to. */
const PURGED: readonly (readonly [string, string])[] = [
  ['credentials', applicationGone('credentials')],
  ['subscriptions', `(${deletedLongAgo('subscriptions')} OR ${applicationGone('subscriptions')})`],
  [
    'operator_registrations',
    `(${deletedLongAgo('operator_registrations')} OR ${applicationGone('operator_registrations')})`,
  ],
  [
    'applications',
    [
      deletedLongAgo('applications'),
      ...['credentials', 'subscriptions', 'operator_registrations'].map((child) =>
        nobodyIn('applications', child, 'application_id'),
      ),
    ].join(' AND '),
  ],
  [
    'members',
    `(${deletedLongAgo('members')} OR EXISTS (SELECT FROM tenants t WHERE t.id = members.tenant_id
       AND ${deletedLongAgo('t')}))`,
  ],
  [
    'tenants',
    [
      deletedLongAgo('tenants'),
      nobodyIn('tenants', 'applications', 'tenant_id'),
      nobodyIn('tenants', 'members', 'tenant_id'),
    ].join(' AND '),
  ],
  ['plans', `${deletedLongAgo('plans')} AND ${nobodyIn('plans', 'subscriptions', 'plan_id')}`],
  ['routing_rules', deletedLongAgo('routing_rules')],
];

/** Deletes what the admin API has kept for long enough. Of any number of processes one does it. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly purging: Recurring;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) logger: Logger,
    metrics: Metrics,
  ) {
    this.purging = new Recurring(
      () => this.purge(),
      logger,
      'what the admin API no longer keeps could not be deleted',
      metrics.process.task('admin_retention'),
    );
  }

  onApplicationBootstrap(): void {
    this.purging.start(HOUR_MS);
  }

  onModuleDestroy(): Promise<void> {
    return this.purging.stop();
  }

  /** @returns false when another process is at it */
  async purge(): Promise<boolean> {
    const leader = this.database.dataSource.createQueryRunner();
    const lock = `hashtextextended('admin retention', 0)`;
    try {
      const [answer] = (await leader.query(`SELECT pg_try_advisory_lock(${lock}) AS leads`)) as {
        leads: boolean;
      }[];
      if (!answer!.leads) return false;
      try {
        await this.purgeIdempotencyKeys();
        for (const [table, condition] of PURGED) await this.purgeResources(table, condition);
        await this.purgeAudit();
        return true;
      } finally {
        await leader.query(`SELECT pg_advisory_unlock(${lock})`);
      }
    } finally {
      await leader.release();
    }
  }

  private async purgeIdempotencyKeys(): Promise<void> {
    const remove = `WITH gone AS (DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(SELECT ctid
      FROM idempotency_keys WHERE created_at < now() - interval '24 hours' LIMIT ${ROWS})) RETURNING 1)
      SELECT count(*)::int AS count FROM gone`;
    for (let count = ROWS; count === ROWS;) {
      [{ count }] = await this.database.dataSource.query<[{ count: number }]>(remove);
    }
  }

  /** Looks first: even a DELETE of nothing would make every process read its snapshot anew. */
  private async purgeResources(table: string, condition: string): Promise<void> {
    const { dataSource } = this.database;
    for (let count = ROWS; count === ROWS;) {
      const rows = await dataSource.query<{ id: string }[]>(
        `SELECT id FROM ${table} WHERE ${condition} LIMIT ${ROWS}`,
      );
      count = rows.length;
      if (count === 0) return;
      await dataSource.query(`DELETE FROM ${table} WHERE id = ANY ($1)`, [rows.map(({ id }) => id)]);
    }
  }

  private async purgeAudit(): Promise<void> {
    for (let count = ROWS; count === ROWS;) {
      count = await this.database.dataSource.transaction((manager) => this.purgeOldestAudit(manager));
    }
  }

  /** From the first row on, without a gap; the row that says so carries the hash that the next one follows on. */
  private async purgeOldestAudit(manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ seq: string; hash: Buffer; old: boolean }[]>(
      `SELECT seq, hash, at < now() - make_interval(months => ${AUDIT_MONTHS}) AS old
       FROM audit_events ORDER BY seq LIMIT ${ROWS}`,
    );
    const young = rows.findIndex(({ old }) => !old);
    const purged = young === -1 ? rows : rows.slice(0, young);
    const last = purged.at(-1);
    if (!last) return 0;
    await manager.query('DELETE FROM audit_events WHERE seq <= $1', [last.seq]);
    await this.audit.append(
      manager,
      {
        principal: { type: 'system', id: 'retention', roles: [], display: 'retention' },
        correlator: randomUUID(),
      },
      {
        action: PURGE,
        resource: { type: 'audit', id: 'all' },
        tenantId: null,
        after: { lastSeq: last.seq, lastHash: last.hash.toString('hex'), rows: purged.length },
      },
    );
    return purged.length;
  }
}
