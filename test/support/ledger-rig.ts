import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { Grant } from '../../src/contract/grant.js';
import { Problem } from '../../src/contract/problem.js';
import { Database } from '../../src/database/database.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { TestDatabase, createTestDatabase } from './test-database.js';

export interface LedgerRow {
  id: string;
  jti: string;
  operation: string;
  correlator: string | null;
  result: string | null;
  http_status: number | null;
  blame: string | null;
  billable: boolean | null;
  duration_ms: number | null;
  issue_date: string;
}

/** A grant whose token nobody has used yet. */
export function freshGrant(over: Partial<Grant> = {}): Grant {
  const issuedAt = over.issuedAt ?? Math.floor(Date.now() / 1000);
  return {
    tenantId: randomUUID(),
    applicationId: randomUUID(),
    clientId: 'client',
    subscriptionId: randomUUID(),
    operatorId: 'operator-a',
    registrationId: randomUUID(),
    scopes: ['number-verification:verify'],
    purpose: 'dpv:FraudPreventionAndDetection',
    amr: [],
    subject: 'subject',
    jti: randomUUID(),
    issuedAt,
    expiresAt: issuedAt + 300,
    operatorToken: 'operator-token',
    ...over,
  };
}

/** A database of its own and as many ledgers on it as a test wants processes. */
export class LedgerRig {
  private readonly databases: Database[] = [];
  private readonly ledgers: Ledger[] = [];

  private constructor(
    readonly database: TestDatabase,
    /** A session that does not belong to any ledger. */
    readonly observer: Pool,
  ) {}

  static async create(): Promise<LedgerRig> {
    const database = await createTestDatabase();
    const observer = new Pool({ connectionString: database.url, max: 2, query_timeout: 5_000 });
    // Dropping the database ends what the pool has not closed yet.
    observer.on('error', () => {});
    return new LedgerRig(database, observer);
  }

  async ledger(): Promise<Ledger> {
    const logger = createLogger('silent');
    const database = await Database.open({ url: this.database.url, entities: [], logger });
    this.databases.push(database);
    const ledger = await Ledger.open(database, new Metrics(), logger);
    this.ledgers.push(ledger);
    return ledger;
  }

  async rows(): Promise<LedgerRow[]> {
    const { rows } = await this.observer.query<LedgerRow>(
      'SELECT *, issue_date::text FROM usage_ledger ORDER BY id',
    );
    return rows;
  }

  async close(): Promise<void> {
    for (const ledger of this.ledgers) await ledger.close();
    for (const database of this.databases) await database.close();
    await this.observer.end();
    await this.database.drop();
  }
}

/** What came of many promises: how many were fulfilled, and the names of the Problems of the others. */
export async function tally(calls: Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const call of await Promise.allSettled(calls)) {
    const name = call.status === 'fulfilled' ? 'done' : nameOf(call.reason);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const nameOf = (error: unknown): string => (error instanceof Problem ? error.problem : String(error));
