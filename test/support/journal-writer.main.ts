import { randomUUID } from 'node:crypto';
import { JournalDirectory } from '../../src/ledger/journal/journal-directory.js';
import { Journal } from '../../src/ledger/journal/journal.js';
import { ledgerEntry } from '../../src/ledger/ledger-entry.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { freshGrant } from './fresh-grant.js';

/** A process that journals calls in the folder of its first argument, and says which, until it is killed. */
async function main(folder: string): Promise<void> {
  const bootId = randomUUID();
  const settings = { maxBytes: 1e9, sync: 'write' } as const;
  const journal = new Journal(bootId, new JournalDirectory(folder, bootId), settings, new Metrics());
  const call = async (): Promise<void> => {
    const entry = ledgerEntry(freshGrant(), 'verify', '');
    await journal.append({ phase: 'intent', entry });
    process.stdout.write(`${entry.id}\n`);
    const outcome = { entry, result: 'MATCH', httpStatus: 200, blame: undefined, durationMs: 1 };
    await journal.append({ phase: 'outcome', outcome });
  };
  for (;;) await Promise.all(Array.from({ length: 16 }, call));
}

main(process.argv[2]!).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
