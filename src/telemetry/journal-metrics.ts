import { Gauge } from 'prom-client';
import { Buckets } from './distribution.js';
import { BUCKETS, Families } from './families.js';
import { LEDGER_MODES, LedgerMode, REPLAYED_ROWS, UnknownAge } from './labels.js';
import { Cell, Tally } from './tally.js';

export type { LedgerMode, UnknownAge } from './labels.js';

/** What the ledger does while Postgres is away, and what is still open when it is back. */
export class JournalMetrics {
  private readonly modes: Gauge;
  private readonly bytes: Gauge;
  private readonly limit: Gauge;
  private readonly records: Gauge;
  private readonly oldest: Gauge;
  private readonly usable: Gauge;
  private readonly fsync: Buckets;
  private readonly replays: Tally;
  private readonly corruptLines: Cell;
  private readonly lost: Cell;
  private readonly unknown: Gauge;
  private readonly unknownByAge: Gauge;

  constructor(families: Families) {
    const gauge = (name: string, help: string, labels: string[] = []): Gauge =>
      families.gauge(`ledger_${name}`, help, labels);
    this.modes = gauge('mode', 'One-hot: where calls are recorded', ['mode']);
    this.bytes = gauge('journal_bytes', 'Journal on disk');
    this.limit = gauge('journal_limit_bytes', 'What the journal may take');
    this.records = gauge('journal_records', 'Lines of this process that are not in Postgres yet');
    this.oldest = gauge('journal_oldest_age_seconds', 'Since the oldest line on disk was written');
    this.usable = gauge('journal_writable', '1 while the journal could be written');
    const help = 'Forcing the journal to disk';
    this.fsync = families.histogram('ledger_journal_fsync_duration_seconds', help, BUCKETS.fine).of();
    const replayed = 'Journal rows by what came of them';
    this.replays = families.counter('ledger_journal_replayed_total', replayed, ['result']);
    this.corruptLines = families.counter('ledger_journal_corrupt_total', 'Lines refused by their CRC').of();
    this.lost = families.counter('ledger_lost_rows_total', 'Must stay 0').of();
    this.unknown = gauge('unknown_rows', 'Rows of today and yesterday without outcome');
    this.unknownByAge = gauge('unknown_rows_by_age', 'The same by age', ['age']);
    for (const result of REPLAYED_ROWS) this.replays.of(result);
    this.mode('postgres');
  }

  mode(now: LedgerMode): void {
    for (const mode of LEDGER_MODES) this.modes.set({ mode }, mode === now ? 1 : 0);
  }

  size(now: { bytes: number; limitBytes: number; records: number; oldestAgeSeconds: number }): void {
    this.bytes.set(now.bytes);
    this.limit.set(now.limitBytes);
    this.records.set(now.records);
    this.oldest.set(now.oldestAgeSeconds);
  }

  writable(yes: boolean): void {
    this.usable.set(yes ? 1 : 0);
  }

  synced(seconds: number): void {
    this.fsync.observe(seconds);
  }

  replayed(result: (typeof REPLAYED_ROWS)[number], rows: number): void {
    this.replays.of(result).add(rows);
  }

  corrupt(lines: number): void {
    this.corruptLines.add(lines);
  }

  /** A usage record that is neither in Postgres nor in the journal. */
  lostRows(rows: number): void {
    this.lost.add(rows);
  }

  unknownRows(byAge: Readonly<Record<UnknownAge, number>>): void {
    this.unknown.set(byAge.hour + byAge.day + byAge.older);
    for (const [age, rows] of Object.entries(byAge)) this.unknownByAge.set({ age }, rows);
  }
}
