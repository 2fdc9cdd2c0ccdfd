import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { KeyRig } from './support/key-rig.js';
import { Sealed, SealingProcess, outcome, startSealing, tokenOf } from './support/sealing.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEP = 10 * SECOND;

let rig: KeyRig;
let here: SealingProcess;
let there: SealingProcess;

beforeEach(async () => {
  rig = await KeyRig.open();
  [here, there] = await Promise.all([startSealing(rig), startSealing(rig)]);
});
afterEach(() => rig?.close());

/** Hours in which nobody calls. */
async function passQuietly(forMs: number): Promise<void> {
  for (const endMs = rig.nowMs + forMs; rig.nowMs < endMs; rig.nowMs += HOUR) {
    await here.upkeep.check();
    await Promise.all([here.ring.refresh(), there.ring.refresh()]);
  }
}

describe('under load', () => {
  test('what one process seals the other opens at every moment of two scheduled rotations', async () => {
    const sealed = new Sealed(rig);
    const first = tokenOf(here, rig.nowMs);
    for (const _day of [1, 2]) {
      await passQuietly(22 * HOUR);
      for (let step = 0; step * STEP < 3 * HOUR; step += 1) {
        rig.nowMs += STEP;
        // A minute apart in each process, and not at the same time; either may look after the keys.
        const work: Promise<unknown>[] = [];
        if (step % 6 === 0) work.push(here.ring.refresh());
        if (step % 6 === 3) work.push(there.ring.refresh());
        if (step % 360 === 100) work.push(here.upkeep.check());
        if (step % 360 === 280) work.push(there.upkeep.check());
        for (const process of [here, there]) sealed.add(process);
        // While one reads, and when it alone has read.
        if (step % 6 <= 1) sealed.openAll(here, there);
        await Promise.all(work);
        if (step % 6 === 3) sealed.openAll(here, there);
      }
    }
    expect(sealed.kids.size).toBe(3);
    expect(outcome(there, first)).toBe('tokenInvalid');
  });

  test('a rotation by hand, with both processes sealing and opening meanwhile, fails nothing', async () => {
    const sealed = new Sealed(rig);
    const rotation = { over: false };
    const rotating = (async () => {
      await here.upkeep.rotate('access-token');
      await there.upkeep.rotate('at-rest');
      await here.ring.refresh();
      await there.ring.refresh();
      rotation.over = true;
    })();
    while (!rotation.over) {
      for (const process of [here, there]) sealed.add(process);
      sealed.openAll(here, there);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rotating;
    for (let minute = 0; minute < 30; minute += 1) {
      rig.nowMs += MINUTE;
      for (const process of [here, there]) sealed.add(process);
      sealed.openAll(here, there);
      await here.upkeep.retire();
      for (const { ring } of [here, there]) {
        await ring.refresh();
        for (const process of [here, there]) sealed.add(process);
        sealed.openAll(here, there);
      }
    }
    expect(sealed.kids.size).toBe(2);
    expect(await here.upkeep.list()).toHaveLength(2);
  });
});

describe('a kid that the process does not know', () => {
  test('is looked up: of a key that was put in use at once, only the first tokens are refused', async () => {
    await here.upkeep.rotate('access-token', { atOnce: true });
    await here.ring.refresh();
    const token = tokenOf(here, rig.nowMs);
    expect(outcome(there, token)).toBe('tokenInvalid');
    await there.ring.refresh();
    expect(outcome(there, token)).toBe('opened');
  });

  test('costs one read in five seconds, however many are shown, and each is tokenInvalid', async () => {
    const [header, ...rest] = tokenOf(here, rig.nowMs).split('.');
    const known = JSON.parse(Buffer.from(header!, 'base64url').toString()) as object;
    const before = there.store.loads;
    for (let i = 0; i < 30_000; i += 1) {
      rig.nowMs += 1;
      const madeUp = Buffer.from(JSON.stringify({ ...known, kid: randomUUID() })).toString('base64url');
      expect(outcome(there, [madeUp, ...rest].join('.'))).toBe('tokenInvalid');
      if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(there.store.loads - before).toBeLessThanOrEqual(6);
    expect(there.store.loads).toBeGreaterThan(before);
    expect(outcome(there, tokenOf(here, rig.nowMs))).toBe('opened');
  });
});
