import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { LedgerSettings } from '../config/config.js';
import { Database } from '../database/database.js';
import { patiently } from '../database/patiently.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { DispatchBatch } from './dispatch-batch.js';
import { Journal } from './journal/journal.js';
import { JournalDirectory } from './journal/journal-directory.js';
import { rememberLivingTokens } from './journal/living-tokens.js';
import { Replay } from './journal/replay.js';
import { LedgerPools, ledgerPools, warmUp } from './ledger-pools.js';
import { OutcomeBatch } from './outcome-batch.js';
import { Outage } from './outage.js';
import { Partitions } from './partitions.js';
import { PostgresWatch } from './postgres-watch.js';
import { ReleaseBatch } from './release-batch.js';
import { SingleUseGuard } from './single-use-guard.js';
import { Upkeep } from './upkeep.js';

/** How long a start waits for Postgres before it goes on without: with the journal at hand not for long. */
const PATIENCE_MS = { open: 3_000, closed: 15_000 };
const REPLAY_AT_START_MS = 5_000;

export interface LedgerParts {
  readonly metrics: Metrics;
  readonly guard: SingleUseGuard;
  readonly outage: Outage;
  readonly inserts: DispatchBatch;
  readonly outcomes: OutcomeBatch;
  readonly releases: ReleaseBatch;
  /** Ends the rest, once nothing is written any more. */
  readonly end: () => Promise<void>;
}

/** @throws Error when Postgres answers, but not with the ledger's tables */
export async function ledgerParts(
  database: Database,
  settings: LedgerSettings,
  metrics: Metrics,
  logger: Logger,
  guard = new SingleUseGuard(),
): Promise<LedgerParts> {
  const bootId = randomUUID();
  const { policy, journalDir, journalMaxBytes: maxBytes, journalSync: sync } = settings;
  const pools = ledgerPools(database);
  const partitions = new Partitions(database.pool('admin'), logger, metrics.process.task('partitions'));
  const makePartitions = (dates: readonly string[]): Promise<void> => partitions.makeEach(dates);
  const directory = new JournalDirectory(journalDir, bootId);
  const journal = new Journal(bootId, directory, { maxBytes, sync }, metrics);
  const replay = new Replay(pools.outcomes, journal, directory, makePartitions, metrics, logger);
  const watch = new PostgresWatch(pools.inserts, journal, replay, policy, metrics, logger);
  const outage = new Outage(policy, journal, watch);
  const upkeep = new Upkeep(pools.outcomes, journal, replay, settings.retentionMonths, metrics, logger);
  metrics.sample(() => {
    const { lines: records, sinceMs } = journal.backlog;
    const oldestAgeSeconds = records > 0 ? (Date.now() - sinceMs) / 1000 : 0;
    metrics.journal.size({ bytes: directory.bytes, limitBytes: maxBytes, records, oldestAgeSeconds });
  });

  if (!(await journal.probe())) logger.error({}, 'the journal cannot be written: see JOURNAL_DIR');
  const left = await rememberLivingTokens(directory, guard);
  const absent = await reach(
    partitions,
    pools,
    // Who knows already that there is no server does not wait for it.
    database.obstacle === undefined ? PATIENCE_MS[policy] : 0,
  );
  if (absent !== undefined) watch.lost(absent);
  else if (left > 0) {
    watch.lost('what an earlier process recorded in the journal is not in Postgres yet');
    await Promise.race([watch.probe(), sleep(REPLAY_AT_START_MS, undefined, { ref: false })]);
  }
  partitions.start();
  upkeep.start();
  const inserts = new DispatchBatch(bootId, pools.inserts, metrics, makePartitions);
  const outcomes = new OutcomeBatch(pools.outcomes, outage, metrics, logger);
  metrics.ledger.readFrom({
    queuedRows: () => inserts.queuedRows,
    pendingOutcomes: () => outcomes.pending,
    oldestPendingSeconds: () => outcomes.oldestMs / 1000,
  });
  return {
    metrics,
    guard,
    outage,
    inserts,
    outcomes,
    releases: new ReleaseBatch(pools.outcomes, outage, metrics),
    end: async () => {
      await Promise.all([partitions.stop(), upkeep.stop()]);
      if (journal.backlog.lines > 0) await watch.probe();
      await Promise.all([replay.stop(), watch.stop()]);
      await journal
        .seal()
        .catch((error: Error) => logger.error({ reason: error.message }, 'journal not sealed'));
      await directory.close();
    },
  };
}

/** @returns why Postgres cannot be had, or undefined: partitions and connections are there */
async function reach(
  partitions: Partitions,
  pools: LedgerPools,
  withinMs: number,
): Promise<string | undefined> {
  try {
    await patiently(() => partitions.makeAhead(), withinMs);
    await patiently(() => warmUp(pools), withinMs);
    return undefined;
  } catch (error) {
    const server = error instanceof DatabaseError && !/^(53|57|58|25006|3D|28)/.test(error.code ?? '');
    if (server) throw error;
    return (error as Error).message;
  }
}
