import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { assert, asyncProperty, integer, nat } from 'fast-check';
import { JournalRig, intent, outcome, readAll } from '../../../test/support/journal-rig.js';
import { freshGrant } from '../../../test/support/fresh-grant.js';
import { ledgerEntry } from '../ledger-entry.js';
import { encodeLine } from './journal-line.js';
import { JournalUnavailable } from './journal.js';
import { SegmentWriter } from './segment-writer.js';

let rig: JournalRig;
beforeEach(async () => {
  rig = await JournalRig.create();
});
afterEach(() => rig.close());

/** A segment of so many calls, as its bytes and where each of its lines ends. */
async function segment(calls: number): Promise<{ bytes: Buffer; ends: number[] }> {
  const { journal, directory } = rig.journal();
  for (let at = 0; at < calls; at++) {
    const entry = ledgerEntry(freshGrant({ jti: `{"ü\n${at}` }), 'share', 'order-17');
    await Promise.all([journal.append(intent(entry)), journal.append(outcome(entry))]);
  }
  await journal.seal();
  const [{ path } = { path: '' }] = await directory.replayable();
  const bytes = readFileSync(path);
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x0a);
  expect(ends).toHaveLength(2 * calls);
  return { bytes, ends };
}

describe('a damaged segment', () => {
  const seqs = async (bytes: Buffer): Promise<{ seqs: number[]; corrupt: number }> => {
    const path = join(rig.folder, 'damaged');
    writeFileSync(path, bytes);
    const { lines, corrupt } = await readAll(path);
    return { seqs: lines.map(({ seq }) => seq), corrupt };
  };
  const numbers = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at);

  test('cut off anywhere gives every line before the cut', async () => {
    const { bytes, ends } = await segment(4);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const whole = ends.filter((end) => end <= cut).length;
      const found = await seqs(bytes.subarray(0, cut));
      expect(found.seqs).toEqual(numbers(1, whole));
      expect(found.corrupt).toBe(cut === 0 || ends.some((end) => end + 1 === cut || end === cut) ? 0 : 1);
    }
  });

  test('with one bit turned over anywhere gives every line but those that the bit is part of', async () => {
    const { bytes, ends } = await segment(20);
    const property = asyncProperty(nat(bytes.length - 1), integer({ min: 0, max: 7 }), async (at, bit) => {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << bit;
      const line = ends.filter((end) => end < at).length + 1;
      // A line feed belongs to two lines: without it they are one.
      const touched = ends.includes(at) && line < ends.length ? [line, line + 1] : [line];
      const expected = numbers(1, ends.length).filter((seq) => !touched.includes(seq));
      const found = await seqs(damaged);
      // The last line needs no line feed: what follows it is one damaged fragment.
      expect(found.seqs).toEqual(expected);
      expect(found.corrupt).toBeGreaterThan(0);
    });
    await assert(property, { numRuns: 300 });
  });

  test('in which anything was overwritten gives no line that was not written', async () => {
    const { bytes } = await segment(20);
    const written = new Set(bytes.toString('utf8').split('\n'));
    const property = asyncProperty(nat(bytes.length - 1), nat(400), nat(255), async (at, length, fill) => {
      const damaged = Buffer.from(bytes).fill(fill, at, Math.min(at + length, bytes.length));
      const path = join(rig.folder, 'damaged');
      writeFileSync(path, damaged);
      for (const { seq, bootId, ...record } of (await readAll(path)).lines) {
        expect(written.has(encodeLine(record, seq, bootId).trimEnd())).toBe(true);
      }
    });
    await assert(property, { numRuns: 200 });
  });
});

describe('a journal', () => {
  test('numbers its lines without a gap over segments, whatever is refused between them', async () => {
    const { journal, directory } = rig.journal({ maxBytes: 12_000 });
    const refused: unknown[] = [];
    for (let round = 0; round < 4; round++) {
      const calls = Array.from({ length: 15 }, () => journal.append(intent()));
      for (const one of await Promise.allSettled(calls))
        if (one.status === 'rejected') refused.push(one.reason);
      await journal.seal();
    }
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toBeInstanceOf(JournalUnavailable);
    const seqs: number[] = [];
    for (const { path } of await directory.replayable()) {
      seqs.push(...(await readAll(path)).lines.map(({ seq }) => seq));
    }
    expect(seqs).toEqual(Array.from({ length: 60 - refused.length }, (_, at) => at + 1));
  });

  test('leaves alone what another living process writes, and takes over what a dead one left', async () => {
    const { journal, directory: theirs } = rig.journal();
    await journal.append(intent());
    const { directory } = rig.journal();
    expect(await directory.replayable()).toEqual([]);
    await theirs.close();
    expect(await directory.replayable()).toHaveLength(1);
  });

  test('of a process that is killed holds every line that was acknowledged', async () => {
    const child = spawn(process.execPath, [
      '--import',
      './test/support/run-typescript.mjs',
      './test/support/journal-writer.main.ts',
      rig.folder,
    ]);
    const acknowledged: string[] = [];
    let rest = '';
    child.stdout.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop()!;
      acknowledged.push(...lines);
      if (acknowledged.length > 5_000) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    const { directory } = rig.journal();
    const recorded = new Set<string>();
    for (const { path } of await directory.replayable()) {
      for (const line of (await readAll(path)).lines)
        if (line.phase === 'intent') recorded.add(line.entry.id);
    }
    expect(acknowledged.length).toBeGreaterThan(5_000);
    expect(acknowledged.filter((id) => !recorded.has(id))).toEqual([]);
  });

  test('a disk that is full takes nothing of a line that it does not take whole', async () => {
    const writer = await SegmentWriter.create(join(rig.folder, 'full'), () => {});
    await writer.append(Buffer.from('first\n'), false);
    Object.assign(writer, { file: fillingUp((writer as unknown as { file: object }).file, 3) });
    await expect(writer.append(Buffer.from('second\n'), false)).rejects.toThrow('ENOSPC');
    expect(readFileSync(writer.path, 'utf8')).toBe('first\n');
    await writer.append(Buffer.from('3\n'), true);
    await writer.seal(join(rig.folder, 'sealed'));
    expect(readFileSync(join(rig.folder, 'sealed'), 'utf8')).toBe('first\n3\n');
  });
});

test('D18: nobody waits for a disk that stalls, unless each call is to be on it', async () => {
  const writer = await SegmentWriter.create(join(rig.folder, 'stalling'), () => {});
  const disk = Promise.withResolvers<void>();
  const { file } = writer as unknown as { file: object };
  Object.assign(writer, { file: stalling(file, disk.promise) });
  const line = Buffer.from('line\n');
  await writer.append(line, false);
  // Longer than until it is forced to disk for the first time.
  await sleep(150);
  for (let n = 0; n < 20; n++) await writer.append(line, false);
  let written = false;
  const waiting = writer.append(line, true).then(() => (written = true));
  await sleep(50);
  expect(written).toBe(false);
  disk.resolve();
  await waiting;
  expect(readFileSync(writer.path, 'utf8')).toBe('line\n'.repeat(22));
  await writer.seal(join(rig.folder, 'stalled'));
});

test('D18: nobody waits until a segment that is to be replayed is on disk', async () => {
  const { journal } = rig.journal();
  await journal.append(intent());
  const disk = Promise.withResolvers<void>();
  const { writer } = journal as unknown as { writer: { file: object } };
  writer.file = stalling(writer.file, disk.promise);
  const sealing = journal.seal();
  await setImmediate();
  await journal.append(intent());
  disk.resolve();
  await sealing;
  expect(journal.unsealedSpends).toBe(1);
});

test('what comes while a segment is being sealed is not taken for sealed', async () => {
  const { journal } = rig.journal();
  const first = journal.append(intent());
  const sealing = journal.seal();
  // The first line is being written.
  await setImmediate();
  const second = journal.append(intent());
  await Promise.all([first, sealing, second]);
  expect(journal.unsealedSpends).toBe(1);
});

/** A file on a disk that takes what is written, and forces nothing of it before it is told to. */
function stalling(file: object, until: Promise<void>): object {
  return new Proxy(file, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name === 'datasync') return () => until.then(() => value.call(target) as Promise<void>);
      return value.bind(target) as unknown;
    },
  });
}

/** A file on a disk that has room for a few bytes more, until it has been cut. */
function fillingUp(file: object, bytes: number): object {
  type Write = (
    buffer: Buffer,
    at: number,
    length: number,
    position: null,
  ) => Promise<{ bytesWritten: number }>;
  const real = file as { write: Write; truncate(size: number): Promise<void> };
  let room = bytes;
  return new Proxy(file, {
    get(target, name) {
      if (name === 'truncate') {
        return async (size: number) => {
          room = Infinity;
          await real.truncate(size);
        };
      }
      if (name === 'write') {
        return async (buffer: Buffer, at: number, length: number) => {
          if (room === 0) throw new Error('ENOSPC: no space left on device');
          const wrote = await real.write(buffer, at, Math.min(length, room), null);
          room -= wrote.bytesWritten;
          return wrote;
        };
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
