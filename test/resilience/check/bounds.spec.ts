import { describe, expect, it } from '@jest/globals';
import {
  countersMatch,
  nothingLeaked,
  probesFew,
  recoveredIn,
  resourcesReturned,
  victimWithinBounds,
} from './bounds.js';
import { auditComplete, AuditRow, endedInOrder } from './conduct.js';

const names = (violations: { invariant: string }[]): string[] => violations.map(({ invariant }) => invariant);

describe('I6, the innocent,', () => {
  const base = { errors: 0, p99Ms: 20 };
  const bounds = { share: 0.1, ms: 5 };

  it('may be slower by a tenth or by 5 ms, whichever is more', () => {
    expect(victimWithinBounds(base, { errors: 0, p99Ms: 25 }, bounds)).toEqual([]);
    expect(victimWithinBounds({ errors: 0, p99Ms: 100 }, { errors: 0, p99Ms: 110 }, bounds)).toEqual([]);
  });

  it.each([
    ['an error', { errors: 1, p99Ms: 20 }],
    ['a p99 beyond both', { errors: 0, p99Ms: 25.1 }],
  ])('must not see %s', (_what, victim) => {
    expect(names(victimWithinBounds(base, victim, bounds))).toEqual(['I6']);
  });
});

it('I8 finds a canary, and does not repeat it', () => {
  const found = nothingLeaked([{ name: 'log', text: 'asked for +990000000001' }], [/990\d{9}/, 'other']);
  expect(names(found)).toEqual(['I8']);
  expect(found[0]!.what).not.toContain('990000');
});

it.each([
  ['grew', { fds: 12 }],
  ['vanished', {}],
])('I9 finds what %s', (_what, after) => {
  expect(names(resourcesReturned({ fds: 10 }, after, { share: 0.1, slack: {} }))).toEqual(['I9']);
  expect(resourcesReturned({ fds: 10 }, { fds: 12 }, { share: 0.1, slack: { fds: 1 } })).toEqual([]);
});

it('I10 finds a late recovery, and none', () => {
  expect(recoveredIn(6_000, 6_000)).toEqual([]);
  expect(names([...recoveredIn(6_001, 6_000), ...recoveredIn(undefined, 6_000)])).toEqual(['I10', 'I10']);
});

it('I11 finds a counter that differs from the ledger', () => {
  expect(countersMatch({ MATCH: 3 }, { MATCH: 3 })).toEqual([]);
  expect(names(countersMatch({ MATCH: 3 }, { MATCH: 2 }))).toEqual(['I11']);
});

it('I13 finds a second probe', () => {
  expect(probesFew(1, 1)).toEqual([]);
  expect(names(probesFew(2, 1))).toEqual(['I13']);
});

describe('I12 finds', () => {
  const hashOf = ({ id, prevHash }: AuditRow): string => `${prevHash}>${id}`;
  const one = { id: '1', prevHash: '', hash: '>1' };
  const two = { id: '2', prevHash: '>1', hash: '>1>2' };

  it('nothing in a whole chain', () => {
    expect(auditComplete(2, [one, two], hashOf)).toEqual([]);
  });

  it.each([
    ['a missing entry', 3, [one, two]],
    ['a changed entry', 2, [one, { ...two, hash: 'other' }]],
    ['an entry taken out', 1, [{ ...one, hash: 'x' }]],
    ['a broken chain', 2, [one, { ...two, prevHash: 'other' }]],
  ])('%s', (_what, mutations, rows) => {
    expect(names(auditComplete(mutations, rows, hashOf))).toEqual(['I12']);
  });
});

describe('I14 finds', () => {
  const log = (...lines: object[]) => [
    { name: 'gateway', text: lines.map((line) => JSON.stringify(line)).join('\n') },
  ];

  it.each([
    ['an exit code', [], [1]],
    ['a death by signal', [], ['SIGKILL']],
    ['an error in the log', log({ level: 50, msg: 'broken' }), [0]],
    ['a warning of Node', [{ name: 'gateway', text: '(node:1) MaxListenersExceededWarning: x' }], [0]],
  ])('%s', (_what, logs, exits) => {
    expect(names(endedInOrder(logs, exits, []))).toEqual(['I14']);
  });

  it('nothing in a warning of ours, or an error that was expected', () => {
    const logs = log({ level: 40, msg: 'slow' }, { level: 50, msg: 'ledger away' });
    expect(endedInOrder(logs, [0], [/ledger away/])).toEqual([]);
  });
});
