import { beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { MemoryKeys } from '../../test/support/memory-keys.js';
import { createLogger } from '../telemetry/logger.js';
import { KeyRing } from './key-ring.js';
import { Sealer } from './sealer.js';

let ring: KeyRing;
let sealer: Sealer;

beforeEach(async () => {
  ring = new KeyRing(new MemoryKeys(), createLogger('silent'));
  await ring.ensure(['at-rest']);
  sealer = new Sealer(ring);
});

describe('a secret at rest', () => {
  test('opens where it was sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (secret, aad) => {
        expect(sealer.open(sealer.seal(secret, aad), aad)).toBe(secret);
      }),
    );
  });

  test('opens nowhere else', () => {
    expect(() => sealer.open(sealer.seal('canary', 'table|1'), 'table|2')).toThrow('does not open');
  });

  test('does not open once a character has changed', () => {
    const sealed = sealer.seal('canary', 'table|1');
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), fc.string({ maxLength: 2 }), (at, text) => {
        const mutant = sealed.slice(0, at) + text + sealed.slice(at + 1);
        fc.pre(mutant !== sealed);
        expect(() => sealer.open(mutant, 'table|1')).toThrow('does not open');
      }),
      { numRuns: 2_000 },
    );
  });

  test('does not open when cut short, and the error says nothing of it', () => {
    for (const sealed of [
      '',
      '.',
      'x',
      `${ring.newest('at-rest').kid}.`,
      `${ring.newest('at-rest').kid}.AAAA`,
    ]) {
      expect(() => sealer.open(sealed, 'table|1')).toThrow(/^a sealed secret does not open/);
    }
  });

  test('sealed before a rotation still opens', async () => {
    const sealed = sealer.seal('canary', 'table|1');
    await ring.rotate('at-rest', { activeFrom: new Date() });
    expect(sealer.seal('canary', 'table|1').split('.')[0]).not.toBe(sealed.split('.')[0]);
    expect(sealer.open(sealed, 'table|1')).toBe('canary');
  });
});
