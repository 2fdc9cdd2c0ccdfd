import { expect, it } from '@jest/globals';
import { rowsToTryAgain } from './again.js';
import { RowResult, RunResult } from './report/result.js';

const row = (id: string, ...problems: string[]): RowResult => ({
  id,
  title: id,
  phase: 'p',
  outcome: problems.length > 0 ? 'fail' : 'pass',
  seconds: 1,
  figures: {},
  problems,
});

const run = (...rows: RowResult[]): RunResult => ({
  startedAt: '',
  seconds: 1,
  profile: 'short',
  seed: '1',
  machine: { cores: 2, node: '', platform: '' },
  rows,
});

it('what was late is tried again, once, and what held is not', () => {
  const result = run(
    row('U01'),
    row('D04', 'I1: late', 'p99 of 70 ms'),
    row('D04', 'I6: p99'),
    row('base', 'slow'),
  );
  expect(rowsToTryAgain(result)).toEqual(['D04', 'I14']);
});

it.each(['I2', 'I3', 'I4', 'I5', 'I7', 'I8', 'I12'])('a breach of %s is not', (invariant) => {
  expect(() => rowsToTryAgain(run(row('D04', 'I1: late', `${invariant}: wrong`)))).toThrow('D04');
});
