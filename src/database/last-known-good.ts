import { KeyObject } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OnApplicationShutdown } from '@nestjs/common';
import { Secret } from '../contract/secret.js';
import { Logger } from '../telemetry/logger.js';
import { fileKey, openPieces, sealPieces } from './sealed-pieces.js';

/** Between two writings of one file: each costs what everything that is in memory costs. */
const PAUSE_MS = 15_000;

interface Entry {
  readonly form: string;
  readonly pieces: () => Iterable<unknown>;
}

/**
 * Copies of what this process needs from Postgres, on its own disk: with them it starts while Postgres is away.
 * Each is sealed under a key derived from the key-encryption key; one that is not whole and ours is ignored.
 */
export class LastKnownGood implements OnApplicationShutdown {
  private readonly folder: string;
  private readonly keys: readonly KeyObject[];
  private readonly due = new Map<string, Entry>();
  private readonly writtenAt = new Map<string, number>();
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param keys key-encryption keys, 32 bytes in base64; the first seals, all open */
  constructor(
    dataDir: string,
    keys: readonly Secret[],
    private readonly logger: Logger,
    private readonly pauseMs = PAUSE_MS,
  ) {
    this.folder = join(dataDir, 'last-known-good');
    this.keys = keys.map(fileKey);
  }

  /**
   * Writes a copy: now, or as soon as the last one of this name is old enough. Never rejects.
   * @param form which form the pieces have
   * @param pieces JSON values, made when they are written, each of a few milliseconds at most
   */
  keep(name: string, form: string, pieces: () => Iterable<unknown>): void {
    this.due.set(name, { form, pieces });
    this.arm();
  }

  /**
   * Hands out the pieces of a copy, in their order. Only when a time is returned are they all there and good.
   * @returns when it was written, in milliseconds since the epoch; undefined when there is none, or none of ours
   */
  async recall(name: string, form: string, take: (piece: unknown) => void): Promise<number | undefined> {
    const file = await readFile(this.fileOf(name)).catch(() => undefined);
    if (!file) return undefined;
    try {
      const savedAtMs = await openPieces(file, this.keys, `${name}|${form}`, take);
      if (savedAtMs !== undefined) return savedAtMs;
    } catch {
      // What opens is what we wrote; that it cannot be used all the same is one more way to be of no use.
    }
    this.logger.error(
      { file: this.fileOf(name) },
      'the last known good copy is ignored: it was changed or cut short, or is of another ' +
        'KEY_ENCRYPTION_KEY or another version',
    );
    return undefined;
  }

  /** @returns whether there is any copy, good or not */
  async any(): Promise<boolean> {
    const files = await readdir(this.folder).catch(() => []);
    return files.some((name) => !name.endsWith('.new'));
  }

  /** Writes what is due. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    // oxlint-disable-next-line unicorn/no-useless-spread -- writing takes them out
    for (const name of [...this.due.keys()]) await this.write(name);
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private fileOf(name: string): string {
    return join(this.folder, name);
  }

  private arm(): void {
    if (this.writing || this.due.size === 0) return;
    clearTimeout(this.timer);
    const waits = [...this.due.keys()].map((name) => {
      const at = this.writtenAt.get(name);
      return at === undefined ? 0 : at + this.pauseMs - performance.now();
    });
    this.timer = setTimeout(
      () => {
        this.writing = this.writeDue().finally(() => {
          this.writing = undefined;
          this.arm();
        });
      },
      Math.max(0, Math.min(...waits)),
    ).unref();
  }

  private async writeDue(): Promise<void> {
    // oxlint-disable-next-line unicorn/no-useless-spread -- writing takes them out
    for (const name of [...this.due.keys()]) {
      const at = this.writtenAt.get(name) ?? -Infinity;
      if (performance.now() - at >= this.pauseMs) await this.write(name);
    }
  }

  private async write(name: string): Promise<void> {
    const { form, pieces } = this.due.get(name)!;
    this.due.delete(name);
    this.writtenAt.set(name, performance.now());
    const fresh = `${this.fileOf(name)}.${process.pid}.new`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const file = await open(fresh, 'w', 0o600);
      try {
        await sealPieces(file, this.keys[0]!, `${name}|${form}`, pieces());
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, this.fileOf(name));
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => {});
      const { code, message } = error as NodeJS.ErrnoException;
      this.logger.error(
        { file: this.fileOf(name), reason: code ?? message },
        'no last known good copy was written',
      );
    }
  }
}
