import type { Pool, PoolClient } from 'pg';
import { Metrics } from '../telemetry/metrics.js';
import { LedgerEntry } from './ledger-entry.js';
import { insertStatement } from './ledger-statements.js';
import { MissingPartition, PostgresFailure } from './postgres-failure.js';

/** What a call waits for its row at most. */
const TIMEOUT_MS = 250;
/** More do not make it faster, and each further one makes the batches smaller. */
const STATEMENTS_IN_FLIGHT = 2;
const MAX_ROWS = 500;

/** `ours`: dispatch. `spent`: another process was first. Else nothing is recorded, or it is not known. */
export type Verdict = 'ours' | 'spent' | PostgresFailure;

interface Waiting {
  readonly entry: LedgerEntry;
  readonly decide: (verdict: Verdict) => void;
}

/** Gathers the rows of concurrent calls: one statement takes what has come in while the last ones were running. */
export class DispatchBatch {
  private waiting: Waiting[] = [];
  private running = 0;
  private scheduled = false;
  private idle: (() => void)[] = [];

  constructor(
    private readonly bootId: string,
    private readonly pool: Pool,
    private readonly metrics: Metrics,
    private readonly makePartitions: (issueDates: readonly string[]) => Promise<void>,
  ) {}

  add(entry: LedgerEntry): Promise<Verdict> {
    return new Promise((decide) => {
      this.waiting.push({ entry, decide });
      this.schedule();
    });
  }

  /** Rows that wait for the next statement. */
  get queuedRows(): number {
    return this.waiting.length;
  }

  /** Resolves when no statement is running and nothing waits. */
  drained(): Promise<void> {
    if (this.running === 0 && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** After the turn of the event loop: whatever else arrived in it travels with this row. */
  private schedule(): void {
    if (this.scheduled || this.running >= STATEMENTS_IN_FLIGHT) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.waiting.length > 0) void this.send(this.takeBatch());
    });
  }

  private takeBatch(): Waiting[] {
    const batch = this.waiting;
    this.waiting = batch.length > MAX_ROWS ? batch.splice(MAX_ROWS) : [];
    return batch;
  }

  private async send(batch: Waiting[]): Promise<void> {
    this.running++;
    try {
      await this.write(batch);
    } catch (error) {
      const failure = PostgresFailure.of(error);
      this.metrics.ledger.event(failure.certain ? 'error' : 'uncertain', batch.length);
      for (const { decide } of batch) decide(failure);
      // What waits behind a server that does not answer would only wait as long again.
      if (failure.away) for (const { decide } of this.waiting.splice(0)) decide(failure.beforeSending());
    }
    this.running--;
    if (this.waiting.length > 0) this.schedule();
    else if (this.running === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private async write(batch: Waiting[]): Promise<void> {
    const entries = batch.map(({ entry }) => entry);
    const ids = await this.insert(entries).catch(async (error: unknown) => {
      if (!(error instanceof MissingPartition)) throw error;
      await this.makePartitions([...new Set(entries.map(({ issueDate }) => issueDate))]);
      return this.insert(entries);
    });
    this.metrics.ledger.inserted(batch.length, batch.length - ids.length);
    const now = performance.now();
    const ours = ids.length === batch.length ? undefined : new Set(ids);
    for (const { entry, decide } of batch) {
      this.metrics.ledger.waited((now - entry.startedTick) / 1000);
      decide(ours === undefined || ours.has(entry.id) ? 'ours' : 'spent');
    }
  }

  /** @returns the ids of the rows that were not there before */
  private async insert(entries: readonly LedgerEntry[]): Promise<string[]> {
    const giveUpAt = performance.now() + TIMEOUT_MS;
    const client = await connectWithin(this.pool, TIMEOUT_MS);
    try {
      const query_timeout = Math.max(1, Math.round(giveUpAt - performance.now()));
      const statement = insertStatement(entries, this.bootId);
      const { rows } = await client.query<[string]>({ ...statement, query_timeout } as typeof statement);
      client.release();
      return rows.map(([id]) => id);
    } catch (error) {
      client.release(true);
      throw PostgresFailure.afterSending(error);
    }
  }
}

/** A connection that comes too late goes back to the pool unused. */
async function connectWithin(pool: Pool, timeoutMs: number): Promise<PoolClient> {
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const connecting = pool.connect().then((client) => {
    if (late) client.release();
    return client;
  });
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new Error('no connection in time'));
    }, timeoutMs);
  });
  try {
    return await Promise.race([connecting, timeout]);
  } catch (error) {
    connecting.catch(() => {});
    throw PostgresFailure.connecting(error);
  } finally {
    clearTimeout(timer);
  }
}
