import { expect, test } from '@jest/globals';
import { LogOutput, Write } from './log-output.js';

/** Takes bytes when it is told to. */
class Reader {
  text = '';
  private owed: (() => void)[] = [];
  reads = true;

  readonly write: Write = (bytes, from, done) => {
    const take = (): void => {
      const piece = bytes.subarray(from, from + 10_000);
      this.text += piece.toString();
      done(null, piece.length);
    };
    if (this.reads) setImmediate(take);
    else this.owed.push(take);
  };

  resume(): void {
    this.reads = true;
    for (const take of this.owed.splice(0)) take();
  }
}

test('lines come out whole and in order, however little is taken at once', async () => {
  const reader = new Reader();
  const output = new LogOutput(reader.write);
  const lines = Array.from({ length: 5_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(n % 300)}"}\n`);
  for (const line of lines) expect(output.add(line, 'info')).toBe(true);
  await output.flushed(5_000);
  expect(reader.text).toBe(lines.join(''));
});

test('when nobody reads, lines are dropped, debug first and errors last, and memory is bounded', async () => {
  const reader = new Reader();
  reader.reads = false;
  const output = new LogOutput(reader.write);
  const line = `${'x'.repeat(999)}\n`;
  const taken = { debug: 0, info: 0, warn: 0, error: 0 };
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    while (output.add(line, level)) taken[level]++;
    expect(output.add(line, level)).toBe(false);
  }
  expect(output.add(line, 'debug')).toBe(false);
  expect(taken.debug).toBeLessThan(taken.debug + taken.info);
  const all = taken.debug + taken.info + taken.warn + taken.error;
  expect(all * line.length).toBeLessThanOrEqual(8 << 20);
  expect(Math.min(taken.info, taken.warn, taken.error)).toBeGreaterThan(1_000);
  await new Promise((resolve) => setImmediate(resolve));
  reader.resume();
  await output.flushed(10_000);
  expect(reader.text.length).toBe(all * line.length);
  expect(output.add(line, 'debug')).toBe(true);
});

test('a full pipe is tried again, a broken one is given up', async () => {
  let tries = 0;
  const full: Write = (bytes, from, done) => {
    const error = ++tries < 3 ? Object.assign(new Error('full'), { code: 'EAGAIN' }) : null;
    setImmediate(() => done(error, bytes.length - from));
  };
  const output = new LogOutput(full);
  output.add('line\n', 'info');
  await output.flushed(5_000);
  expect(tries).toBe(3);
  const broken = new LogOutput((_bytes, _from, done) => setImmediate(() => done(new Error('EPIPE'), 0)));
  broken.add('line\n', 'info');
  await broken.flushed(5_000);
  expect(broken.add('line\n', 'info')).toBe(true);
});

test('lines wait a moment for others to be written with, unless somebody wants them out', async () => {
  const writes: string[] = [];
  const output = new LogOutput((bytes, from, done) => {
    writes.push(bytes.subarray(from).toString());
    setImmediate(() => done(null, bytes.length - from));
  });
  for (const line of ['one\n', 'two\n', 'three\n']) {
    output.add(line, 'info');
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(writes).toEqual([]);
  await output.flushed(5_000);
  expect(writes).toEqual(['one\ntwo\nthree\n']);
  output.add('four\n', 'info');
  for (const giveUpAt = Date.now() + 5_000; writes.length < 2 && Date.now() < giveUpAt;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(writes[1]).toBe('four\n');
});
