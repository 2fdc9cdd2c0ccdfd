import { copyFile, mkdir, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalOwner } from './journal-owner.js';
import { SegmentWriter } from './segment-writer.js';

/** `<process>.<number>.open` is being written, `.sealed` is to be replayed; copies of such files do no harm. */
const SEGMENT = /^([0-9a-f-]{36})\.\d{6}.*\.(open|sealed)$/;
const QUARANTINE = 'quarantine';

export interface Segment {
  readonly bootId: string;
  readonly path: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since the epoch. */
  readonly writtenAtMs: number;
}

/** The files of the journal: those of this process, and what ended ones have left. */
export class JournalDirectory {
  private owner: JournalOwner | undefined;
  private segments = 0;
  private held = 0;

  constructor(
    readonly path: string,
    private readonly bootId: string,
  ) {}

  /** All segments on disk, in bytes. */
  get bytes(): number {
    return this.held;
  }

  grown(bytes: number): void {
    this.held += bytes;
  }

  /** @throws Error when the folder cannot be written; the next call may succeed */
  async newSegment(onSynced: (seconds: number) => void): Promise<SegmentWriter> {
    await this.own();
    const name = `${this.bootId}.${String(this.segments + 1).padStart(6, '0')}`;
    const writer = await SegmentWriter.create(join(this.path, `${name}.open`), onSynced);
    this.segments++;
    return writer;
  }

  async seal(writer: SegmentWriter): Promise<void> {
    await writer.seal(writer.path.replace(/open$/, 'sealed'));
  }

  async writable(): Promise<boolean> {
    const probe = join(this.path, `${this.bootId}.probe`);
    try {
      await this.own();
      await writeFile(probe, 'x'.repeat(4_096), { mode: 0o600 });
      await unlink(probe);
      return true;
    } catch {
      await unlink(probe).catch(() => {});
      return false;
    }
  }

  /**
   * The sealed segments of this process, and all of processes that live no more, in the order in which they were
   * written. Those of another living process are its own business.
   */
  async replayable(): Promise<Segment[]> {
    const segments: Segment[] = [];
    let held = 0;
    for (const name of (await this.names()).sort()) {
      const [, bootId, state] = SEGMENT.exec(name)!;
      const path = join(this.path, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      held += found.size;
      const ours = bootId === this.bootId;
      if (ours ? state === 'open' : await JournalOwner.lives(this.path, bootId!)) continue;
      const sealed = path.replace(/open$/, 'sealed');
      if (state === 'open') await rename(path, sealed);
      segments.push({ bootId: bootId!, path: sealed, bytes: found.size, writtenAtMs: found.mtimeMs });
    }
    this.held = held;
    return segments;
  }

  /** The process whose segments these were is gone, and so are they. */
  async forget(bootId: string): Promise<void> {
    if (bootId !== this.bootId) await JournalOwner.forget(this.path, bootId);
  }

  async remove({ path, bytes }: Segment): Promise<void> {
    await unlink(path).catch(gone);
    this.held -= bytes;
  }

  /** Keeps a damaged segment for those who look into it. @returns where */
  async quarantine(segment: Segment): Promise<string> {
    const folder = join(this.path, QUARANTINE);
    await mkdir(folder, { recursive: true });
    const kept = join(folder, `${Date.now()}-${segment.path.slice(this.path.length + 1)}`);
    await copyFile(segment.path, kept);
    await this.remove(segment);
    return kept;
  }

  async close(): Promise<void> {
    await this.owner?.end();
  }

  private async names(): Promise<string[]> {
    const names = await readdir(this.path).catch(gone);
    return (names ?? []).filter((name) => SEGMENT.test(name));
  }

  private async own(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    this.owner ??= await JournalOwner.declare(this.path, this.bootId);
  }
}

/** Another process was faster, or there never was one. */
function gone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** Damaged segments of earlier replays, by name; empty where there is no such folder. */
export async function quarantined(path: string): Promise<string[]> {
  return (await readdir(join(path, QUARANTINE)).catch(gone)) ?? [];
}
