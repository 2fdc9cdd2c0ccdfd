import { Run, CatalogueRow } from '../phase.js';
import { runEnding } from './ending.js';

export const HUNG_UPSTREAM: CatalogueRow = {
  id: 'P02',
  title: 'told to stop while an operator hangs',
  short: false,
};
export const SECOND_SIGNAL: CatalogueRow = {
  id: 'P03',
  title: 'told twice to stop: ends at once, and nothing is lost',
  short: true,
};

export const WITHOUT_POSTGRES: CatalogueRow = {
  id: 'P02',
  title: 'told to stop while Postgres is frozen',
  short: true,
};

/** Left alone by all other rows. */
const HUNG = 'spare-14';

/** Whoever is asked to stop waits for its calls, and their deadline is near. */
export async function runHungUpstream(run: Run): Promise<void> {
  await run.world.sim.fault({ operator: HUNG, fault: 'hang' });
  await runEnding(run, {
    label: 'p02',
    row: HUNG_UPSTREAM,
    hung: HUNG,
    signals: ['SIGTERM'],
    exit: 0,
    withinMs: run.thresholds.exitMs,
    pauseMs: 0,
    abrupt: false,
  });
  await run.world.sim.heal(HUNG);
}

/** Somebody is in a hurry: the ledger was written before each call, so the process may go. */
export async function runSecondSignal(run: Run): Promise<void> {
  await runEnding(run, {
    label: 'p03',
    row: SECOND_SIGNAL,
    signals: ['SIGTERM', 'SIGINT'],
    exit: 1,
    withinMs: run.thresholds.secondSignalMs,
    pauseMs: 100,
    abrupt: true,
  });
}

/** What it owes Postgres it leaves in the journal, and does not wait for connections to end in order. */
export async function runEndWithoutPostgres(run: Run): Promise<void> {
  await runEnding(run, {
    label: 'p02frozen',
    row: WITHOUT_POSTGRES,
    signals: ['SIGTERM'],
    exit: 0,
    withinMs: run.thresholds.exitMs,
    pauseMs: 0,
    abrupt: false,
    frozen: true,
  });
}
