import { setTimeout as sleep } from 'node:timers/promises';
import { OnApplicationShutdown } from '@nestjs/common';
import { Grant } from '../contract/grant.js';
import { Operation } from '../contract/number-verification.js';
import { PROBLEMS, Problem } from '../contract/problem.js';
import { LedgerSettings } from '../config/config.js';
import { Database } from '../database/database.js';
import { noteCall } from '../telemetry/call-trace.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { inSpan } from '../telemetry/spans.js';
import { LedgerEntry, ledgerEntry } from './ledger-entry.js';
import { LedgerParts, ledgerParts } from './ledger-parts.js';
import { Outcome } from './ledger-statements.js';
import { PostgresFailure } from './postgres-failure.js';
import { Refusal, SingleUseGuard } from './single-use-guard.js';

export type { LedgerEntry } from './ledger-entry.js';

const RELEASE_WAIT_MS = 250;
const CLOSE_WITHIN_MS = 5_000;

/** One row per call that an operator may have seen: to spend the token and to write the usage record are one act. */
export class Ledger implements OnApplicationShutdown {
  private closing: Promise<void> | undefined;

  private constructor(private readonly parts: LedgerParts) {}

  /**
   * Makes the partitions of the coming days, opens the ledger's own connections and brings in what an earlier process
   * left in the journal; without Postgres it starts as if that had just gone away.
   * @throws Error when Postgres answers, but does not have the ledger's tables
   */
  static async open(
    database: Database,
    settings: LedgerSettings,
    metrics: Metrics,
    logger: Logger,
    guard?: SingleUseGuard,
  ): Promise<Ledger> {
    return new Ledger(await ledgerParts(database, settings, metrics, logger, guard));
  }

  /**
   * Makes the call ours and records it: the row is the spend and the usage record. The point of no return.
   * @returns the entry to settle once the operator has answered
   * @throws Problem tokenInvalid when another call spent the token first (CAMARA NV 2.1.1, single-use tokens)
   * @throws Problem ledgerUnavailable when the row cannot be written; the token stays unspent
   */
  async dispatch(grant: Grant, call: { operation: Operation; correlator: string }): Promise<LedgerEntry> {
    const { guard, inserts, metrics, outage, outcomes } = this.parts;
    if (outage.ending) await outage.decided();
    if (outage.refusing || outcomes.full || this.closing) throw unavailable('not writable');
    const refusal = guard.take(grant.jti, grant.expiresAt);
    if (refusal !== undefined) throw this.refuse(refusal);
    const entry = ledgerEntry(grant, call.operation, call.correlator);
    const verdict = outage.away
      ? PostgresFailure.away
      : await inSpan('ledger.insert', {}, () => inserts.add(entry));
    if (verdict === 'ours') return recorded(entry);
    if (verdict !== 'spent') return this.dispatchWithoutPostgres(entry, verdict);
    metrics.credentials.replayed('access_token');
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

  /** Takes no more calls and writes what is outstanding, to the journal if need be. May be called twice. */
  close(): Promise<void> {
    const { end, inserts, outcomes, releases } = this.parts;
    this.closing ??= (async () => {
      await inserts.drained();
      await Promise.all([outcomes.close(CLOSE_WITHIN_MS), releases.close(CLOSE_WITHIN_MS)]);
      await end();
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
    this.parts.metrics.credentials.replayed('access_token');
    this.parts.metrics.ledger.event('spent_before');
    return new Problem('tokenInvalid', { detail: 'spent before, in this process' });
  }

  /**
   * The row goes to the journal under its own id: should it stand in Postgres after all, its replay finds it.
   * @throws Problem ledgerUnavailable when policy or disk do not allow it
   */
  private async dispatchWithoutPostgres(entry: LedgerEntry, failure: PostgresFailure): Promise<LedgerEntry> {
    const { guard, metrics, outage } = this.parts;
    if (await outage.record(entry, failure.away, failure.message)) {
      metrics.ledger.waited((performance.now() - entry.startedTick) / 1000);
      return recorded(entry);
    }
    if (failure.certain) guard.free(entry.grant.jti, entry.grant.expiresAt);
    else void this.release(entry, false);
    throw unavailable(failure.message);
  }

  /** Until the row is gone the token is neither spent nor free: calls with it get 503. */
  private async release(entry: LedgerEntry, stands: boolean): Promise<void> {
    const { jti, expiresAt } = entry.grant;
    this.parts.guard.doubt(jti);
    await this.parts.releases.add(entry, stands);
    this.parts.guard.free(jti, expiresAt);
  }
}

/** The call knows its row, and what it waited for it. */
function recorded(entry: LedgerEntry): LedgerEntry {
  noteCall({ ledgerId: entry.id, ledgerMs: performance.now() - entry.startedTick });
  return entry;
}

function unavailable(detail: string): Problem {
  return new Problem('ledgerUnavailable', { detail, retryAfterSeconds: 1 });
}
