import { write, writeSync } from 'node:fs';
import type { LogLevel } from './labels.js';

const STDOUT = 1;
/** Bytes in one write. */
const CHUNK = 64 * 1024;
/** Waiting text up to which a line of that level is still taken: the least important go first. */
const ROOM: Readonly<Record<LogLevel, number>> = {
  debug: 1 << 20,
  info: 4 << 20,
  warn: 6 << 20,
  error: 8 << 20,
};
/** Lines wait this long for others to be written with: a write costs more than a line. */
const GATHER_MS = 20;
/** A pipe that is full says so at once; who reads it gets this long to catch up. */
const PAUSE_MS = 20;

/** Writes bytes to where they go; node:fs's own shape. */
export type Write = (
  bytes: Buffer,
  from: number,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

const toStdout: Write = (bytes, from, done) => write(STDOUT, bytes, from, bytes.length - from, null, done);

/**
 * Lines on their way to stdout. Nobody waits for them: they are written in the background, and when what reads stdout
 * does not keep up, lines are dropped, debug first, instead of memory filling or calls being held up.
 */
export class LogOutput {
  private waiting = '';
  private current: Buffer | undefined;
  private at = 0;
  private gathering: NodeJS.Timeout | undefined;
  private idle: (() => void)[] = [];

  constructor(private readonly out: Write = toStdout) {}

  /** @returns false when the line was dropped */
  add(line: string, level: LogLevel): boolean {
    const held = this.waiting.length + (this.current?.length ?? 0);
    if (held + line.length > ROOM[level]) return false;
    this.waiting += line;
    if (this.current === undefined) this.soon();
    return true;
  }

  /** Resolves when everything so far is written, or after this time. */
  flushed(withinMs: number): Promise<void> {
    if (this.current === undefined) this.next();
    if (this.current === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(resolve, withinMs);
      this.idle.push(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  /** What is left when the process exits, as far as stdout takes it without waiting. */
  flushSync(): void {
    const rest = Buffer.from(this.waiting);
    this.waiting = '';
    try {
      for (let at = 0; at < rest.length;) at += writeSync(STDOUT, rest, at);
    } catch {
      // Nobody reads any more.
    }
  }

  private soon(): void {
    if (this.waiting.length >= CHUNK || this.idle.length > 0) this.next();
    else if (this.waiting !== '') this.gathering ??= setTimeout(() => this.next(), GATHER_MS);
  }

  private next(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.waiting === '') {
      for (const resolve of this.idle.splice(0)) resolve();
      return;
    }
    this.current = Buffer.from(this.waiting.slice(0, CHUNK));
    this.waiting = this.waiting.slice(CHUNK);
    this.at = 0;
    this.send();
  }

  private send(): void {
    this.out(this.current!, this.at, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.send(), PAUSE_MS);
        return;
      }
      this.at += error ? this.current!.length : written;
      if (this.at < this.current!.length) return this.send();
      this.current = undefined;
      this.soon();
    });
  }
}

let shared: LogOutput | undefined;

/** The one way to stdout that all loggers of this process share. */
export function stdout(): LogOutput {
  if (shared === undefined) {
    const output = (shared = new LogOutput());
    process.once('exit', () => output.flushSync());
  }
  return shared;
}
