import { Metrics } from '../../telemetry/metrics.js';
import { JournalDirectory } from './journal-directory.js';
import { JournalRecord, encodeLine } from './journal-line.js';
import { SegmentWriter } from './segment-writer.js';

const SEGMENT_BYTES = 64 * 1024 * 1024;

export interface JournalSettings {
  /** What all segments in the folder may take; outcomes and releases of calls already dispatched go beyond it. */
  readonly maxBytes: number;
  /** `dispatch`: on disk before an operator sees a byte. `write`: within 50 ms, and safe from kill -9 at once. */
  readonly sync: 'write' | 'dispatch';
}

interface Waiting {
  readonly record: JournalRecord;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** The journal cannot take a record. */
export class JournalUnavailable extends Error {}

/**
 * Takes records while Postgres does not. Those of one turn of the event loop travel in one write, and while that
 * one runs the next gather.
 */
export class Journal {
  private waiting: Waiting[] = [];
  /** Writes, one after the other. */
  private turn: Promise<unknown> = Promise.resolve();
  /** Of segments that are full or to be replayed, in the order of their numbers. */
  private sealing: Promise<void> = Promise.resolve();
  private scheduled = false;
  private writer: SegmentWriter | undefined;
  private seq = 0;
  private lines = 0;
  private binding = 0;
  private outstanding = 0;
  private sinceMs = 0;

  constructor(
    readonly bootId: string,
    private readonly directory: JournalDirectory,
    private readonly settings: JournalSettings,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @returns once the record is in the file: a kill -9 does not lose it
   * @throws JournalUnavailable when it is not, and never will be
   */
  append(record: JournalRecord): Promise<void> {
    if (binds(record)) this.binding++;
    return new Promise((written, failed) => {
      this.waiting.push({ record, written, failed });
      if (this.scheduled) return;
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        void this.next(() => this.writeWaiting());
      });
    });
  }

  /** Lines since the last seal. */
  get unsealedLines(): number {
    return this.lines + this.waiting.length;
  }

  /** Of them, those that decide whether a token is spent. */
  get unsealedSpends(): number {
    return this.binding;
  }

  /** What is not in Postgres yet, of this process, and since when (milliseconds since the epoch). */
  get backlog(): { lines: number; sinceMs: number } {
    return { lines: this.outstanding, sinceMs: this.sinceMs };
  }

  /** So many lines of this process are in Postgres now. */
  broughtIn(lines: number): void {
    this.outstanding = Math.max(0, this.outstanding - lines);
  }

  /** All that was sealed is; also what was in before, without our having heard of it. */
  broughtInAll(): void {
    this.outstanding = this.lines;
  }

  /**
   * Closes the current segment, so that it can be replayed; whatever was appended before is in it. What is appended
   * meanwhile goes to the next one, and does not wait.
   * @throws Error when this or an earlier one could not be given its last name: the next process finds it
   */
  async seal(): Promise<void> {
    await this.next(async () => {
      await this.writeWaiting();
      this.lines = 0;
      this.binding = this.waiting.filter(({ record }) => binds(record)).length;
      this.retire();
    });
    await this.sealing;
  }

  /** Whether a record could be written now; answers without writing one. */
  async probe(): Promise<boolean> {
    const writable = await this.directory.writable();
    this.metrics.journal.writable(writable);
    return writable;
  }

  private next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }

  private async writeWaiting(): Promise<void> {
    const batch = this.waiting.splice(0);
    const texts: string[] = [];
    const taken: Waiting[] = [];
    let room = this.settings.maxBytes - this.directory.bytes;
    for (const one of batch) {
      const text = encodeLine(one.record, this.seq + taken.length + 1, this.bootId);
      room -= text.length;
      if (room < 0 && one.record.phase === 'intent') {
        this.refuse(one, new Error('the journal is full'));
        continue;
      }
      texts.push(text);
      taken.push(one);
    }
    if (taken.length === 0) return;
    try {
      await this.write(Buffer.from(texts.join('')));
      this.seq += taken.length;
      this.lines += taken.length;
      if (this.outstanding === 0) this.sinceMs = Date.now();
      this.outstanding += taken.length;
      for (const { written } of taken) written();
    } catch (error) {
      for (const one of taken) this.refuse(one, error);
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.writer?.broken) this.retire();
    this.writer ??= await this.directory.newSegment((seconds) => this.metrics.journal.synced(seconds));
    await this.writer.append(bytes, this.settings.sync === 'dispatch');
    this.directory.grown(bytes.length);
    if (this.writer.size >= SEGMENT_BYTES) this.retire();
  }

  private refuse({ record, failed }: Waiting, cause: unknown): void {
    if (binds(record)) this.binding--;
    failed(new JournalUnavailable((cause as Error).message, { cause }));
  }

  /** No call waits until a segment is forced to disk: on one that is busy this takes seconds. */
  private retire(): void {
    const { writer } = this;
    if (writer === undefined) return;
    this.writer = undefined;
    this.sealing = this.sealing.catch(() => {}).then(() => this.directory.seal(writer));
    this.sealing.catch(() => {});
  }
}

/** Whether it decides if a token is spent. */
const binds = ({ phase }: JournalRecord): boolean => phase !== 'outcome';
