import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { JournalDirectory } from '../../src/ledger/journal/journal-directory.js';
import { JournalLine, JournalRecord } from '../../src/ledger/journal/journal-line.js';
import { Journal } from '../../src/ledger/journal/journal.js';
import { Replay } from '../../src/ledger/journal/replay.js';
import { readSegment } from '../../src/ledger/journal/segment-reader.js';
import { LedgerEntry, ledgerEntry } from '../../src/ledger/ledger-entry.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { freshGrant } from './fresh-grant.js';

/** A folder, and processes that write and read journals in it. */
export class JournalRig {
  private readonly processes: { journal: Journal; directory: JournalDirectory }[] = [];
  readonly metrics = new Metrics();

  private constructor(readonly folder: string) {}

  static async create(): Promise<JournalRig> {
    return new JournalRig(await mkdtemp(join(tmpdir(), 'journal-')));
  }

  /** One process. */
  journal(over: { maxBytes?: number; folder?: string } = {}): {
    journal: Journal;
    directory: JournalDirectory;
  } {
    const bootId = randomUUID();
    const { maxBytes = 1e9, folder = this.folder } = over;
    const directory = new JournalDirectory(folder, bootId);
    const journal = new Journal(bootId, directory, { maxBytes, sync: 'write' }, this.metrics);
    this.processes.push({ journal, directory });
    return { journal, directory };
  }

  /** Of a process that finds what others have left, unless it is given one. */
  replay(pool: Pool, { journal, directory } = this.journal()): Replay {
    const make = async (dates: readonly string[]): Promise<void> => {
      for (const date of dates) await pool.query('SELECT make_usage_ledger_partitions($1, $1)', [date]);
    };
    return new Replay(pool, journal, directory, make, this.metrics, createLogger('silent'));
  }

  /** What stands in the metrics, by its name without prefix. */
  async value(name: string): Promise<number> {
    const page = await this.metrics.render();
    return Number(
      page
        .split('\n')
        .find((line) => line.startsWith(`nvgw_ledger_${name} `))
        ?.split(' ')[1],
    );
  }

  async close(): Promise<void> {
    for (const { journal, directory } of this.processes) {
      // Another process may have taken the segment over.
      await journal.seal().catch(() => {});
      await directory.close();
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const intent = (entry: LedgerEntry = ledgerEntry(freshGrant(), 'verify', '')): JournalRecord => ({
  phase: 'intent',
  entry,
});

export const outcome = (entry: LedgerEntry, result = 'MATCH'): JournalRecord => ({
  phase: 'outcome',
  outcome: { entry, result, httpStatus: 200, blame: undefined, durationMs: 12 },
});

/** All lines of a segment, and how many are damaged. */
export async function readAll(path: string): Promise<{ lines: JournalLine[]; corrupt: number }> {
  const all = { lines: [] as JournalLine[], corrupt: 0 };
  for await (const { lines, corrupt } of readSegment(path, 7)) {
    all.lines.push(...lines);
    all.corrupt += corrupt;
  }
  return all;
}
