import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { JournalRig, intent } from '../../test/support/journal-rig.js';
import { LedgerRig } from '../../test/support/ledger-rig.js';
import { createLogger } from '../telemetry/logger.js';
import { Replay } from './journal/replay.js';
import { PostgresWatch } from './postgres-watch.js';

let rig: JournalRig;
let ledger: LedgerRig;
beforeEach(async () => {
  rig = await JournalRig.create();
  ledger = await LedgerRig.create();
});
afterEach(async () => {
  await rig.close();
  await ledger.close();
});

test('calls go to Postgres again only when none was recorded in the journal after its last replay', async () => {
  const process = rig.journal();
  const errors: string[] = [];
  const logger = createLogger('error', undefined, (line) => errors.push(line) > 0);
  const late = [intent(), intent()];
  const replay = rig.replay(ledger.observer, process);
  const interrupted = {
    hurry: () => replay.hurry(),
    run: async () => {
      await replay.run();
      const call = late.pop();
      if (call) await process.journal.append(call);
    },
  };
  const { journal } = process;
  const watch = new PostgresWatch(
    ledger.observer,
    journal,
    interrupted as Replay,
    'open',
    rig.metrics,
    logger,
  );
  watch.lost('for the test');
  // Before calls are held up, and while they are.
  await watch.probe();
  expect([watch.away, journal.unsealedSpends]).toEqual([true, 1]);
  await watch.probe();
  expect([watch.away, journal.unsealedSpends]).toEqual([false, 0]);
  expect(await ledger.rows()).toHaveLength(2);
  expect(errors).toEqual([]);
  await watch.stop();
});
