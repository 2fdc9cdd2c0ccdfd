import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { LedgerSettings } from '../../src/config/config.js';
import { Problem } from '../../src/contract/problem.js';
import { Database } from '../../src/database/database.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { Logger, createLogger } from '../../src/telemetry/logger.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { freshGrant } from './fresh-grant.js';
import { TestDatabase, createTestDatabase } from './test-database.js';

export { freshGrant };

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

interface LedgerOptions extends Partial<LedgerSettings> {
  url?: string;
  metrics?: Metrics;
  logger?: Logger;
  /** Happens when the process has reached Postgres, and before its ledger starts. */
  meanwhile?: () => void;
}

/** A database of its own and as many ledgers on it as a test wants processes. */
export class LedgerRig {
  private readonly databases: Database[] = [];
  private readonly ledgers: Ledger[] = [];

  private constructor(
    readonly database: TestDatabase,
    /** A session that does not belong to any ledger. */
    readonly observer: Pool,
    /** Of all its ledgers. */
    readonly journalDir: string,
  ) {}

  static async create(): Promise<LedgerRig> {
    const database = await createTestDatabase();
    const observer = new Pool({ connectionString: database.url, max: 2, query_timeout: 5_000 });
    // Dropping the database ends what the pool has not closed yet.
    observer.on('error', () => {});
    return new LedgerRig(database, observer, await mkdtemp(join(tmpdir(), 'ledger-')));
  }

  /** A process's ledger, with the policy `closed` unless told otherwise. */
  async ledger(over: LedgerOptions = {}): Promise<Ledger> {
    const { url = this.database.url, metrics = new Metrics(), logger = quiet(), meanwhile, ...given } = over;
    const database = await Database.open({ url, entities: [], logger });
    this.databases.push(database);
    meanwhile?.();
    const ledger = await Ledger.open(database, { ...settings(this.journalDir), ...given }, metrics, logger);
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
    await rm(this.journalDir, { recursive: true, force: true });
  }
}

const quiet = (): Logger => createLogger('silent');

function settings(journalDir: string): LedgerSettings {
  return {
    policy: 'closed',
    journalDir,
    journalMaxBytes: 64 * 1024 * 1024,
    journalSync: 'write',
    retentionMonths: 13,
    traces: 'incidents',
  };
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
