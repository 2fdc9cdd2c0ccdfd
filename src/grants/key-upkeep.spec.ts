import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KeyProcess, KeyRig, newKeyEncryptionKey } from '../../test/support/key-rig.js';
import { KeyUse } from './key.js';
import { KeyUpkeep } from './key-upkeep.js';
import { asLeader } from './locks.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const USES: KeyUse[] = ['access-token', 'at-rest', 'oidc', 'operator:one', 'subject'];

let rig: KeyRig;
let one: KeyProcess;

beforeEach(async () => {
  rig = await KeyRig.open();
  one = await rig.process();
  await one.ring.ensure(USES);
});
afterEach(() => rig?.close());

async function states(): Promise<Record<string, string[]>> {
  const listed = await one.upkeep.list();
  return Object.fromEntries(
    USES.map((use) => [use, listed.filter((key) => key.use === use).map((key) => key.state)]),
  );
}

describe('the hourly check', () => {
  test('leaves young keys alone', async () => {
    expect(await one.upkeep.check()).toEqual({ published: [], removed: [] });
  });

  test('replaces the daily keys in a day, and removes them once nothing needs them', async () => {
    const daily = ['access-token', 'at-rest'];
    rig.nowMs += DAY;
    const { published } = (await one.upkeep.check())!;
    expect(published.map(({ use }) => use).sort()).toEqual(daily);
    for (const { activeFrom } of published) expect(activeFrom.getTime()).toBe(rig.nowMs + 10 * MINUTE);
    expect(await states()).toMatchObject({ 'access-token': ['next', 'current'], oidc: ['current'] });

    rig.nowMs += 10 * MINUTE;
    expect(await one.upkeep.check()).toEqual({ published: [], removed: [] });
    expect(await states()).toMatchObject({ 'access-token': ['current', 'previous'] });
    rig.nowMs += HOUR;
    expect((await one.upkeep.check())!.removed.map(({ use }) => use).sort()).toEqual(daily);
    expect(await states()).toMatchObject({ 'access-token': ['current'], 'at-rest': ['current'] });
  });

  test('over four months of hours there is always one key in use, at most one to come, and none is too old', async () => {
    const firstSubject = one.ring.newest('subject').kid;
    const greatestAge: Record<string, number> = {
      'access-token': DAY,
      'at-rest': DAY,
      oidc: 90 * DAY,
      'operator:one': 90 * DAY,
    };
    for (let day = 0; day < 120; day += 1) {
      for (const hours of [1, 7, 16]) {
        rig.nowMs += hours * HOUR;
        await one.upkeep.check();
      }
      const keys = await one.upkeep.list();
      for (const use of USES) {
        const its = keys.filter((key) => key.use === use);
        expect(its.filter(({ state }) => state === 'current')).toHaveLength(1);
        expect(its.length).toBeLessThanOrEqual(3);
        const current = its.find(({ state }) => state === 'current')!;
        const age = rig.nowMs - current.activeFromMs;
        if (greatestAge[use]) expect(age).toBeLessThanOrEqual(greatestAge[use] + 16 * HOUR);
      }
    }
    expect(one.ring.newest('subject').kid).toBe(firstSubject);
  });

  test('of many processes at once publishes each key once', async () => {
    const others = await Promise.all([rig.process(), rig.process()]);
    rig.nowMs += 100 * DAY;
    const all = [one, ...others, one, ...others].map((process) => process.upkeep.check());
    const changes = (await Promise.all(all)).flatMap((made) => made?.published ?? []);
    expect(changes.map(({ use }) => use).sort()).toEqual(USES.filter((use) => use !== 'subject'));
  });

  test('is left to the process that is at it', async () => {
    const other = await rig.process();
    rig.nowMs += DAY;
    const meanwhile = await asLeader(other.database, 'keys-schedule', () => one.upkeep.check());
    expect(meanwhile).toBeUndefined();
    expect((await one.upkeep.check())!.published).toHaveLength(2);
  });

  test("goes by the database's clock, whatever the machine's says", async () => {
    const upkeep = new KeyUpkeep(one.database, one.encryption);
    const realNow = Date.now;
    Date.now = () => realNow() + 365 * DAY;
    try {
      expect(await upkeep.check()).toEqual({ published: [], removed: [] });
    } finally {
      Date.now = realNow;
    }
  });
});

describe('for a stolen key', () => {
  test('the new one seals at once, and the older and those to come end', async () => {
    const old = one.ring.newest('access-token').kid;
    const { kid: next } = await one.upkeep.rotate('access-token');
    const { kid } = await one.upkeep.rotate('access-token', { atOnce: true });
    await one.ring.refresh();
    expect(one.ring.newest('access-token').kid).toBe(kid);
    for (const ended of [old, next]) expect(one.ring.find('access-token', ended)).toBeUndefined();
    expect((await one.upkeep.retire()).map((key) => key.kid).sort()).toEqual([old, next].sort());
  });
});

describe('a change of the key-encryption key', () => {
  const [before, after] = [newKeyEncryptionKey(), newKeyEncryptionKey()];

  test('passes without a moment in which a process cannot open a key', async () => {
    await one.database.pool('admin').query('DELETE FROM keys');
    const old = await rig.process({ keyEncryptionKey: before });
    await old.ring.ensure(USES);
    const ready = await rig.process({ keyEncryptionKey: before, previousKeyEncryptionKey: after });
    const changed = await rig.process({ keyEncryptionKey: after, previousKeyEncryptionKey: before });
    for (const process of [ready, changed]) {
      await process.upkeep.rotate('access-token');
      await Promise.all([ready.ring.ensure(USES), changed.ring.ensure(USES)]);
    }
    const under = async () => (await changed.upkeep.list()).map(({ sealedUnder }) => sealedUnder);
    expect(await changed.upkeep.rewrap()).toEqual({ rewrapped: 6, unreadable: 0 });
    expect(new Set(await under())).toEqual(new Set(['current']));
    expect(await changed.upkeep.rewrap()).toEqual({ rewrapped: 0, unreadable: 0 });
    await ready.ring.refresh();
    const alone = await rig.process({ keyEncryptionKey: after });
    await alone.ring.ensure(USES);
    for (const use of USES) {
      expect(alone.ring.newest(use).key.equals(old.ring.newest(use).key)).toBe(true);
      expect(ready.ring.newest(use).kid).toBe(old.ring.newest(use).kid);
    }
    await expect(old.ring.refresh()).rejects.toThrow('KEY_ENCRYPTION_KEY');
  });

  test('counts the keys that neither of the two opens, and leaves them as they are', async () => {
    const stranger = await rig.process({ keyEncryptionKey: before, previousKeyEncryptionKey: after });
    expect(await stranger.upkeep.rewrap()).toEqual({ rewrapped: 0, unreadable: USES.length });
    expect((await stranger.upkeep.list()).every(({ sealedUnder }) => sealedUnder === undefined)).toBe(true);
    await one.ring.refresh();
    expect(one.ring.newest('oidc').use).toBe('oidc');
  });
});
