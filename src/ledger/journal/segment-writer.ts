import { FileHandle, open, rename } from 'node:fs/promises';

const FDATASYNC_EVERY_MS = 50;

/** The file that is being written: what stands in it below `size` is whole lines. */
export class SegmentWriter {
  private written = 0;
  private synced = 0;
  private timer: NodeJS.Timeout | undefined;
  private failing: unknown;
  /** A write failed half way, and what it left behind could not be cut off. */
  private torn = false;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly onSynced: (seconds: number) => void,
  ) {}

  /** @throws Error when the folder does not take the file, or when it exists */
  static async create(path: string, onSynced: (seconds: number) => void): Promise<SegmentWriter> {
    return new SegmentWriter(path, await open(path, 'ax', 0o600), onSynced);
  }

  /** Bytes. */
  get size(): number {
    return this.written;
  }

  /** The disk failed: what comes next needs another file. */
  get broken(): boolean {
    return this.failing !== undefined;
  }

  /**
   * Appends whole lines, all of them or nothing: after a failure the file ends where it ended before.
   * @param sync wait until the disk has them; else it has them 50 ms later
   */
  async append(lines: Buffer, sync: boolean): Promise<void> {
    if (this.failing !== undefined) throw this.failing;
    if (this.torn) await this.cut();
    const before = this.written;
    try {
      for (let at = 0; at < lines.length;) {
        at += (await this.file.write(lines, at, lines.length - at, null)).bytesWritten;
      }
      this.written += lines.length;
      if (sync) await this.sync();
      else this.timer ??= setTimeout(() => void this.sync().catch(() => {}), FDATASYNC_EVERY_MS).unref();
    } catch (error) {
      this.written = before;
      await this.cut().catch(() => {});
      throw error;
    }
  }

  /** Forces it to disk, gives it its last name and closes it. */
  async seal(sealedPath: string): Promise<void> {
    clearTimeout(this.timer);
    try {
      if (this.torn) await this.cut().catch(() => {});
      if (!this.broken) await this.sync().catch(() => {});
      await rename(this.path, sealedPath);
    } finally {
      await this.file.close();
    }
  }

  private async sync(): Promise<void> {
    this.timer = undefined;
    if (this.synced === this.written) return;
    const upTo = this.written;
    const began = performance.now();
    try {
      await this.file.datasync();
    } catch (error) {
      // What the disk refused once it may drop without another word: nothing more goes into this file.
      this.failing = error;
      throw error;
    }
    this.onSynced((performance.now() - began) / 1000);
    this.synced = upTo;
  }

  private async cut(): Promise<void> {
    this.torn = true;
    await this.file.truncate(this.written);
    this.torn = false;
  }
}
