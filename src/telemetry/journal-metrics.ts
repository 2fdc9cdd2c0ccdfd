import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type LedgerMode = 'postgres' | 'journal' | 'closed';
export type UnknownAge = 'hour' | 'day' | 'older';

const MODES: readonly LedgerMode[] = ['postgres', 'journal', 'closed'];
const REPLAYED = ['inserted', 'present', 'released', 'double_dispatch'] as const;
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** What the ledger does while Postgres is away, and what is still open when it is back. */
export class JournalMetrics {
  private readonly modes: Gauge;
  private readonly bytes: Gauge;
  private readonly limit: Gauge;
  private readonly records: Gauge;
  private readonly oldest: Gauge;
  private readonly usable: Gauge;
  private readonly fsync: Histogram;
  private readonly replays: Counter;
  private readonly corruptLines: Counter;
  private readonly lost: Counter;
  private readonly unknown: Gauge;
  private readonly unknownByAge: Gauge;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
      new Gauge({ name: `nvgw_ledger_${name}`, help, labelNames, registers: [registry] });
    const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
      new Counter({ name: `nvgw_ledger_${name}`, help, labelNames, registers: [registry] });
    this.modes = gauge('mode', 'One-hot: where calls are recorded', ['mode']);
    this.bytes = gauge('journal_bytes', 'Journal on disk');
    this.limit = gauge('journal_limit_bytes', 'What the journal may take');
    this.records = gauge('journal_records', 'Lines of this process that are not in Postgres yet');
    this.oldest = gauge('journal_oldest_age_seconds', 'Since the oldest line on disk was written');
    this.usable = gauge('journal_writable', '1 while the journal could be written');
    this.fsync = new Histogram({
      name: 'nvgw_ledger_journal_fsync_duration_seconds',
      help: 'Forcing the journal to disk',
      buckets: BUCKETS,
      registers: [registry],
    });
    this.replays = counter('journal_replayed_total', 'Journal rows by what came of them', ['result']);
    this.corruptLines = counter('journal_corrupt_total', 'Lines refused by their CRC');
    this.lost = counter('lost_rows_total', 'Must stay 0');
    this.unknown = gauge('unknown_rows', 'Rows of today and yesterday without outcome');
    this.unknownByAge = gauge('unknown_rows_by_age', 'The same by age', ['age']);
    for (const result of REPLAYED) this.replays.inc({ result }, 0);
    this.mode('postgres');
  }

  mode(now: LedgerMode): void {
    for (const mode of MODES) this.modes.set({ mode }, mode === now ? 1 : 0);
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

  replayed(result: (typeof REPLAYED)[number], rows: number): void {
    this.replays.inc({ result }, rows);
  }

  corrupt(lines: number): void {
    this.corruptLines.inc(lines);
  }

  /** A usage record that is neither in Postgres nor in the journal. */
  lostRows(rows: number): void {
    this.lost.inc(rows);
  }

  unknownRows(byAge: Readonly<Record<UnknownAge, number>>): void {
    this.unknown.set(byAge.hour + byAge.day + byAge.older);
    for (const [age, rows] of Object.entries(byAge)) this.unknownByAge.set({ age }, rows);
  }
}
