import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../contract/secret.js';
import { createLogger } from '../telemetry/logger.js';
import { LastKnownGood } from './last-known-good.js';

const logger = createLogger('silent');
const keyOf = (byte: number) => new Secret(Buffer.alloc(32, byte).toString('base64'));
const PIECES = [{ n: 1 }, { n: 2, text: 'canary-of-this-copy' }, { n: 3 }];

let dataDir: string;
const fileOf = (name: string) => join(dataDir, 'last-known-good', name);
const copies = (...bytes: number[]) =>
  new LastKnownGood(dataDir, (bytes.length ? bytes : [7]).map(keyOf), logger, 0);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'nvgw-copies-'));
  const kept = copies();
  kept.keep('things', 'form.1', () => PIECES);
  await kept.close();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function recalled(
  from: LastKnownGood,
  name = 'things',
  form = 'form.1',
): Promise<unknown[] | undefined> {
  const pieces: unknown[] = [];
  const at = await from.recall(name, form, (piece) => pieces.push(piece));
  return at === undefined ? undefined : pieces;
}

test('another process gets what was kept, in its order, and when', async () => {
  expect(await recalled(copies())).toEqual(PIECES);
  expect(await copies().recall('things', 'form.1', () => {})).toBeGreaterThan(Date.now() - 60_000);
});

test('the file shows nothing of it, is for its owner only, and nothing else is left beside it', async () => {
  expect((await readFile(fileOf('things'))).includes('canary')).toBe(false);
  expect((await stat(fileOf('things'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'last-known-good'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(dataDir, 'last-known-good'))).toEqual(['things']);
});

test('while the key-encryption key is changed, the previous one still opens', async () => {
  expect(await recalled(copies(9, 7))).toEqual(PIECES);
});

test('there is nothing to recall where nothing was kept', async () => {
  expect(await recalled(copies(), 'other-things')).toBeUndefined();
});

test('what is kept in a hurry is written once for many', async () => {
  const kept = new LastKnownGood(dataDir, [keyOf(7)], logger, 60_000);
  let made = 0;
  for (let n = 0; n < 20; n++) {
    kept.keep('hurried', 'form.1', () => {
      made++;
      return [n];
    });
  }
  await kept.close();
  expect(made).toBe(1);
  expect(await recalled(kept, 'hurried')).toEqual([19]);
});

test('a folder that cannot be written stops nothing', async () => {
  await writeFile(join(dataDir, 'a-file'), '');
  const kept = new LastKnownGood(join(dataDir, 'a-file'), [keyOf(7)], logger);
  kept.keep('things', 'form.1', () => PIECES);
  await expect(kept.close()).resolves.toBeUndefined();
});

describe('a copy is ignored', () => {
  test('of another key-encryption key', async () => {
    expect(await recalled(copies(8))).toBeUndefined();
  });

  test('of another form', async () => {
    expect(await recalled(copies(), 'things', 'form.2')).toBeUndefined();
  });

  test('under the name of another', async () => {
    await copyFile(fileOf('things'), fileOf('other'));
    expect(await recalled(copies(), 'other')).toBeUndefined();
  });

  test('cut short at any length', async () => {
    const whole = await readFile(fileOf('things'));
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(fileOf('things'), whole.subarray(0, length));
      expect(await recalled(copies())).toBeUndefined();
    }
  });

  test('with any byte changed, or with anything after its end', async () => {
    const whole = await readFile(fileOf('things'));
    for (let at = 0; at < whole.length; at += 5) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      await writeFile(fileOf('things'), changed);
      expect(await recalled(copies())).toBeUndefined();
    }
    await writeFile(fileOf('things'), Buffer.concat([whole, Buffer.from('more')]));
    expect(await recalled(copies())).toBeUndefined();
  });
});
