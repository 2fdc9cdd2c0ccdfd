import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KeyProcess, KeyRig } from '../../test/support/key-rig.js';
import { Macs } from './macs.js';
import { Sealer } from './sealer.js';
import { Vault } from './vault.js';

const YEAR_MS = 365 * 86_400_000;
const PLACE = 'operator_registrations|1|credential';

let rig: KeyRig;
let one: KeyProcess;
let vault: Vault;

beforeEach(async () => {
  rig = await KeyRig.open();
  one = await rig.process();
  await one.ring.ensure(['at-rest', 'vault', 'pepper', 'audit']);
  vault = new Vault(one.ring);
});
afterEach(() => rig?.close());

describe('what is in the vault', () => {
  test('opens in its row and in no other', () => {
    const sealed = vault.seal('canary', PLACE);
    expect(sealed).not.toContain('canary');
    expect(vault.open(sealed, PLACE)).toBe('canary');
    expect(() => vault.open(sealed, 'operator_registrations|2|credential')).toThrow('does not open');
  });

  test('is not opened by what seals for minutes, nor the other way round', () => {
    const sealer = new Sealer(one.ring);
    expect(() => sealer.open(vault.seal('canary', PLACE), PLACE)).toThrow('does not open');
    expect(() => vault.open(sealer.seal('canary', PLACE), PLACE)).toThrow('does not open');
  });

  test('still opens after ten years of yearly keys, and after its key was said to be stolen', async () => {
    const sealed = vault.seal('canary', PLACE);
    for (let year = 0; year < 10; year += 1) {
      rig.nowMs += YEAR_MS;
      await one.upkeep.check();
      rig.nowMs += YEAR_MS / 12;
      expect((await one.upkeep.check())!.removed.map(({ use }) => use)).not.toContain('vault');
    }
    await one.upkeep.rotate('vault', { atOnce: true });
    await one.upkeep.retire();
    await one.ring.refresh();
    const kid = vault.seal('canary', PLACE).split('.')[0];
    expect(sealed.split('.')[0]).not.toBe(kid);
    expect(vault.open(sealed, PLACE)).toBe('canary');
  });
});

describe('a keyed code', () => {
  test('is another for another use, and for other data', () => {
    const macs = new Macs(one.ring);
    const data = Buffer.from('nvk_test_x');
    expect(macs.of('pepper', data)).toHaveLength(32);
    expect(macs.of('pepper', data)).toEqual(macs.of('pepper', data));
    expect(macs.of('pepper', data)).not.toEqual(macs.of('audit', data));
    expect(macs.of('pepper', data)).not.toEqual(macs.of('pepper', Buffer.from('nvk_test_y')));
  });

  test.each(['pepper', 'audit'])('keeps its key for ever: %s', async (use) => {
    await expect(one.upkeep.rotate(use)).rejects.toThrow(`${use}: never rotated. `);
    rig.nowMs += 10 * YEAR_MS;
    const changes = (await one.upkeep.check())!;
    expect([...changes.published, ...changes.removed].map((key) => key.use)).not.toContain(use);
  });
});
