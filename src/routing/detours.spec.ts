import { beforeEach, describe, expect, test } from '@jest/globals';
import { operator, operators } from '../../test/support/routing-service.js';
import { Operator } from '../operators/operator.js';
import { ANYBODY, Detours } from './detours.js';
import { Demand, Obstacle } from './route.js';

const DIRECT = operator('direct', { alternatives: ['vendor', 'reserve'] });
const OFF = operator('direct', { alternatives: ['vendor', 'reserve'], off: 'switched off' });
const VENDOR = operator('vendor');
const RESERVE = operator('reserve');

let obstacles: Record<string, Obstacle & ('circuit_open' | 'circuit_half_open' | 'paced')>;
let now: number;
beforeEach(() => {
  obstacles = {};
  now = 1_000_000;
});

function detours(first: Operator = DIRECT, vendor: Operator = VENDOR): Detours {
  const upstream = { obstacle: ({ id }: Operator) => obstacles[id] };
  return new Detours(operators(first, vendor, RESERVE), upstream, () => now);
}

/** Where a sign-in is sent, and why not to the operator of the network. */
function taken(first: Operator = DIRECT, demand: Demand = ANYBODY, by = detours(first)): string {
  const detour = by.take(first, demand);
  return detour ? `${detour.operator.id} for ${detour.why}` : first.id;
}

describe('an alternative takes a sign-in', () => {
  test('never while nothing stands in the way of the operator of the network', () => {
    obstacles = { vendor: 'paced' };
    expect(taken()).toBe('direct');
  });

  test.each(['circuit_open', 'paced'] as const)('while the operator is %s', (why) => {
    obstacles = { direct: why };
    expect(taken()).toBe(`vendor for ${why}`);
  });

  test('while the operator is off', () => {
    expect(taken(OFF)).toBe('vendor for off');
  });

  test('of an application that the operator has not approved', () => {
    const demand = { ...ANYBODY, registeredAt: ({ id }: Operator) => id !== 'direct' };
    expect(taken(DIRECT, demand)).toBe('vendor for not_registered');
  });

  test.each([
    ['is paced itself', (): Demand => ((obstacles['vendor'] = 'paced'), ANYBODY)],
    ['has no such flow', (): Demand => ({ ...ANYBODY, suits: ({ id }) => id !== 'vendor' })],
    [
      'does not know the application',
      (): Demand => ({ ...ANYBODY, registeredAt: ({ id }) => id !== 'vendor' }),
    ],
  ])('but not the first one, when that one %s', (_what, demand) => {
    obstacles = { direct: 'circuit_open' };
    expect(taken(DIRECT, demand())).toBe('reserve for circuit_open');
  });

  test('that is off is no alternative', () => {
    obstacles = { direct: 'circuit_open' };
    const off = detours(DIRECT, operator('vendor', { off: 'OPERATOR_SECRET_VENDOR is not set' }));
    expect(taken(DIRECT, ANYBODY, off)).toBe('reserve for circuit_open');
  });

  test('whose own circuit is half-open takes it only where there is no better one', () => {
    obstacles = { direct: 'circuit_open', vendor: 'circuit_half_open' };
    expect(taken()).toBe('reserve for circuit_open');
    obstacles = { direct: 'circuit_open', vendor: 'circuit_half_open', reserve: 'paced' };
    expect(taken()).toBe('vendor for circuit_open');
    obstacles = { direct: 'circuit_half_open', vendor: 'circuit_half_open', reserve: 'paced' };
    expect([taken(), taken()]).toEqual(['direct', 'direct']);
  });

  test('unless there is none that can: then the operator refuses by itself', () => {
    obstacles = { direct: 'circuit_open', vendor: 'circuit_open', reserve: 'paced' };
    expect(taken()).toBe('direct');
  });
});

describe('while a circuit is half-open', () => {
  beforeEach(() => {
    obstacles = { direct: 'circuit_half_open' };
  });

  test('one sign-in in five seconds tries the operator, the others go past it', () => {
    const by = detours();
    const ways = [0, 1, 4_000, 4_999, 5_000, 5_001].map((at) => {
      now = 1_000_000 + at;
      return taken(DIRECT, ANYBODY, by);
    });
    const past = 'vendor for circuit_half_open';
    expect(ways).toEqual(['direct', past, past, past, 'direct', past]);
  });

  test('a person who asks does not use the trial up', () => {
    const by = detours();
    expect(by.look(DIRECT, ANYBODY)).toBeUndefined();
    expect(taken(DIRECT, ANYBODY, by)).toBe('direct');
    expect(by.look(DIRECT, ANYBODY)).toMatchObject({ why: 'circuit_half_open' });
  });

  test('without another way every sign-in goes to the operator', () => {
    obstacles = { direct: 'circuit_half_open', vendor: 'circuit_open', reserve: 'circuit_open' };
    const by = detours();
    expect([taken(DIRECT, ANYBODY, by), taken(DIRECT, ANYBODY, by)]).toEqual(['direct', 'direct']);
  });
});
