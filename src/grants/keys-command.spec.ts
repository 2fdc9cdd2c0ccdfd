import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KeyProcess, KeyRig, newKeyEncryptionKey } from '../../test/support/key-rig.js';
import { Key, KeyUse } from './key.js';
import { KeysUsageError, readKeysCommand, runKeysCommand } from './keys-command.js';

const USES: KeyUse[] = ['access-token', 'at-rest', 'oidc', 'operator:one', 'subject'];
const MINUTE = 60_000;

let rig: KeyRig;
let process: KeyProcess;
beforeEach(async () => {
  rig = await KeyRig.open();
  process = await rig.process();
  await process.ring.ensure(USES);
});
afterEach(() => rig?.close());

const run = (...args: string[]): Promise<string> => runKeysCommand(readKeysCommand(args), process.upkeep);
const at = (ms: number): string => new Date(ms).toISOString();

/** The secret part of a key, as bytes. */
function materialOf({ key }: Key): Buffer {
  return key.type === 'secret' ? key.export() : Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url');
}

test('list shows every key by id, use, state and time', async () => {
  const kid = await process.ring.rotate('oidc');
  const lines = (await run('list')).split('\n').map((line) => line.split(/ {2,}/));
  expect(lines[0]).toEqual(['USE', 'KEY', 'STATE', 'IN USE FROM', 'ENCRYPTED UNDER']);
  expect(lines).toHaveLength(1 + 6);
  expect(lines).toContainEqual(['oidc', kid, 'next', at(rig.nowMs + 10 * MINUTE), 'KEY_ENCRYPTION_KEY']);
  for (const use of USES) {
    const { kid: current, activeFromMs } = process.ring.newest(use);
    expect(lines).toContainEqual([use, current, 'current', at(activeFromMs), 'KEY_ENCRYPTION_KEY']);
  }
});

test('no command shows a key', async () => {
  const said = [await run('list'), await run('rotate', 'all'), await run('rotate', 'all', '--now')];
  const keys = USES.flatMap((use) => process.ring.all(use));
  await process.ring.refresh();
  keys.push(...USES.flatMap((use) => process.ring.all(use)));
  said.push(await run('retire'), await run('rewrap'), await run('list'));
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(5 + 4);
  for (const material of keys.map(materialOf)) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(said.join()).not.toContain(material.toString(encoding).slice(0, 16));
    }
  }
});

describe('rotate', () => {
  test('publishes a key now that is in use ten minutes later', async () => {
    const old = process.ring.newest('oidc').kid;
    const said = await run('rotate', 'oidc');
    const kid = /^oidc: (\S+) is published, in use from /.exec(said)?.[1];
    expect(said).toContain(at(rig.nowMs + 10 * MINUTE));
    await process.ring.refresh();
    expect(process.ring.all('oidc').map((key) => key.kid)).toEqual([old, kid]);
    rig.nowMs += 10 * MINUTE;
    expect(process.ring.newest('oidc').kid).toBe(kid);
  });

  test('all leaves the key of pairwise subjects as it is', async () => {
    expect((await run('rotate', 'all')).split('\n').map((line) => line.split(': ')[0])).toEqual([
      'access-token',
      'at-rest',
      'oidc',
      'operator:one',
    ]);
  });

  test.each([['subject'], ['subject', '--now']])('refuses %s with the reason', async (...args) => {
    await expect(run('rotate', ...args)).rejects.toThrow(/subject: never rotated\. .*stranger/);
    expect((await process.upkeep.list()).filter(({ use }) => use === 'subject')).toHaveLength(1);
  });

  test('names the uses there are when it is given another', async () => {
    await expect(run('rotate', 'operator:two')).rejects.toThrow(
      'operator:two: has no key. These have: access-token, at-rest, oidc, operator:one, subject.',
    );
  });
});

test('rewrap says when the key-encryption key before is needed no more, and fails while a key does not open', async () => {
  expect(await run('rewrap')).toBe('Encrypted again: 0. KEY_ENCRYPTION_KEY alone opens all keys.');
  process = await rig.process({ keyEncryptionKey: newKeyEncryptionKey() });
  await expect(run('rewrap')).rejects.toThrow('5 keys open neither with it nor with');
  expect(await run('list')).toMatch(/^subject .* another key: cannot be opened$/m);
});

test('retire removes what nothing needs, and says what', async () => {
  const old = process.ring.newest('access-token').kid;
  await run('rotate', 'access-token');
  rig.nowMs += 24 * MINUTE;
  expect(await run('retire')).toBe('Removed: 0.');
  rig.nowMs += MINUTE;
  expect(await run('retire')).toBe(`access-token: ${old} is removed\nRemoved: 1.`);
});

test.each([
  [[]],
  [['show']],
  [['rotate']],
  [['rotate', 'oidc', '--later']],
  [['list', 'oidc']],
  [['retire', 'all']],
])('anything else is answered with what there is: %j', (args) => {
  expect(() => readKeysCommand(args)).toThrow(KeysUsageError);
  expect(() => readKeysCommand(args)).toThrow('npm run keys -- rotate <use|all>');
});
