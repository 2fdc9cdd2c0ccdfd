import { setTimeout as sleep } from 'node:timers/promises';
import { OnApplicationShutdown } from '@nestjs/common';
import { Grant } from '../contract/grant.js';
import { Operation } from '../contract/number-verification.js';
import { PROBLEMS, Problem } from '../contract/problem.js';
import { Database } from '../database/database.js';
import { patiently } from '../database/patiently.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { DispatchBatch } from './dispatch-batch.js';
import { LedgerEntry, ledgerEntry } from './ledger-entry.js';
import { ledgerPools } from './ledger-pools.js';
import { Outcome } from './ledger-statements.js';
import { OutcomeBatch } from './outcome-batch.js';
import { Partitions } from './partitions.js';
import { PostgresFailure } from './postgres-failure.js';
import { PostgresWatch } from './postgres-watch.js';
import { ReleaseBatch } from './release-batch.js';
import { Refusal, SingleUseGuard } from './single-use-guard.js';

export type { LedgerEntry } from './ledger-entry.js';

const RELEASE_WAIT_MS = 250;
const CLOSE_WITHIN_MS = 5_000;

interface Parts {
  readonly metrics: Metrics;
  readonly guard: SingleUseGuard;
  readonly watch: PostgresWatch;
  readonly partitions: Partitions;
  readonly inserts: DispatchBatch;
  readonly outcomes: OutcomeBatch;
  readonly releases: ReleaseBatch;
}

/** One row per call that an operator may have seen: to spend the token and to write the usage record are one act. */
export class Ledger implements OnApplicationShutdown {
  private closing: Promise<void> | undefined;

  private constructor(private readonly parts: Parts) {}

  /** Makes the partitions of the coming days and opens the ledger's own connections. */
  static async open(
    database: Database,
    metrics: Metrics,
    logger: Logger,
    guard = new SingleUseGuard(),
  ): Promise<Ledger> {
    const partitions = new Partitions(database.pool('admin'), logger);
    await partitions.start();
    const { inserts, outcomes } = await patiently(() => ledgerPools(database));
    return new Ledger({
      metrics,
      guard,
      watch: new PostgresWatch(inserts, logger),
      partitions,
      inserts: new DispatchBatch(inserts, metrics, (dates) => partitions.makeEach(dates)),
      outcomes: new OutcomeBatch(outcomes, metrics, logger),
      releases: new ReleaseBatch(outcomes, metrics),
    });
  }

  /**
   * Makes the call ours and records it: the row is the spend and the usage record. The point of no return.
   * @returns the entry to settle once the operator has answered
   * @throws Problem tokenInvalid when another call spent the token first (CAMARA NV 2.1.1, single-use tokens)
   * @throws Problem ledgerUnavailable when the row cannot be written; the token stays unspent
   */
  async dispatch(grant: Grant, call: { operation: Operation; correlator: string }): Promise<LedgerEntry> {
    const { guard, inserts, metrics, outcomes, watch } = this.parts;
    if (watch.away || outcomes.full || this.closing) throw unavailable('not writable');
    const refusal = guard.take(grant.jti, grant.expiresAt);
    if (refusal !== undefined) throw this.refuse(refusal);
    const entry = ledgerEntry(grant, call.operation, call.correlator);
    const verdict = await inserts.add(entry);
    if (verdict === 'ours') return entry;
    if (verdict !== 'spent') throw this.undo(entry, verdict);
    metrics.replayRejected('access_token');
    throw new Problem('tokenInvalid', { detail: 'spent before, in another process' });
  }

  /**
   * Waits for the operator's answer and hands it on; what came of it is written to the row afterwards. A call
   * that was never sent gives its token back before its Problem is thrown.
   * @param answer a verdict (true, false) or a phone number, which itself is never stored
   * @throws whatever `answer` rejects with
   */
  async settle<T extends boolean | string>(entry: LedgerEntry, answer: Promise<T>): Promise<T> {
    let value: T;
    try {
      value = await answer;
    } catch (error) {
      if (error instanceof Problem && error.neverSent) {
        await Promise.race([this.release(entry, true), sleep(RELEASE_WAIT_MS, undefined, { ref: false })]);
      } else {
        const row = error instanceof Problem ? error.row : PROBLEMS.internal;
        this.record(entry, row.reason, row.status, row.blame);
      }
      throw error;
    }
    this.record(entry, typeof value === 'string' ? 'NUMBER' : value ? 'MATCH' : 'NO_MATCH', 200, undefined);
    return value;
  }

  /** Takes no more calls and writes what is outstanding; at most 5 s. May be called twice. */
  close(): Promise<void> {
    const { inserts, outcomes, partitions, releases, watch } = this.parts;
    this.closing ??= (async () => {
      partitions.stop();
      watch.stop();
      await inserts.drained();
      await Promise.all([outcomes.close(CLOSE_WITHIN_MS), releases.close(CLOSE_WITHIN_MS)]);
    })();
    return this.closing;
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private record(entry: LedgerEntry, result: string, httpStatus: number, blame: Outcome['blame']): void {
    const durationMs = Math.round(performance.now() - entry.startedTick);
    this.parts.outcomes.add({ entry, result, httpStatus, blame, durationMs });
  }

  private refuse(refusal: Refusal): Problem {
    if (refusal !== 'spent') return unavailable(refusal);
    this.parts.metrics.replayRejected('access_token');
    this.parts.metrics.ledgerEvent('spent_before');
    return new Problem('tokenInvalid', { detail: 'spent before, in this process' });
  }

  private undo(entry: LedgerEntry, failure: PostgresFailure): Problem {
    if (failure.away) this.parts.watch.lost(failure.message);
    if (failure.certain) this.parts.guard.free(entry.grant.jti, entry.grant.expiresAt);
    else void this.release(entry, false);
    return unavailable(failure.message);
  }

  /** Until the row is gone the token is neither spent nor free: calls with it get 503. */
  private async release(entry: LedgerEntry, stands: boolean): Promise<void> {
    const { jti, expiresAt } = entry.grant;
    this.parts.guard.doubt(jti);
    await this.parts.releases.add(entry, stands);
    this.parts.guard.free(jti, expiresAt);
  }
}

function unavailable(detail: string): Problem {
  return new Problem('ledgerUnavailable', { detail, retryAfterSeconds: 1 });
}
