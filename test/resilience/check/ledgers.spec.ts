import { describe, expect, it } from '@jest/globals';
import { Evidence } from './evidence.js';
import { journalGapless, ledgersAgree } from './ledgers.js';
import { called, received, recorded, refused } from './records.fixture.js';

const failed = recorded({ result: 'UPSTREAM_TIMEOUT', httpStatus: 504, billable: false });

describe('I4 finds', () => {
  it.each<[string, Evidence]>([
    ['a call that was dispatched without a row', { load: [refused()], sim: [received()], rows: [] }],
    ['two rows for one call', { load: [called()], sim: [received()], rows: [recorded(), recorded()] }],
    ['a billed call that no operator has seen', { load: [], sim: [], rows: [recorded()] }],
    ['an outcome that the caller was not told', { load: [called()], sim: [received()], rows: [failed] }],
    [
      'true on the record for false',
      { load: [called({ verdict: 'false' })], sim: [received()], rows: [recorded()] },
    ],
    [
      'a row that never got its outcome',
      { load: [called()], sim: [received()], rows: [recorded({ result: null })] },
    ],
  ])('%s', (_what, evidence) => {
    expect(ledgersAgree(evidence).map(({ invariant }) => invariant)).toEqual(['I4']);
  });

  it('a verdict without a row', () => {
    const evidence = { load: [called()], sim: [], rows: [] };
    expect(ledgersAgree(evidence)).toHaveLength(1);
  });
});

describe('I4 takes', () => {
  it('an unknown outcome where a kill explains it', () => {
    const evidence = { load: [], sim: [received()], rows: [recorded({ result: null })] };
    expect(ledgersAgree(evidence, { unknown: () => true })).toEqual([]);
  });

  it('a call that left us and was lost on the way', () => {
    const lost = recorded({ result: 'UPSTREAM_UNREACHABLE', httpStatus: 502, billable: false });
    expect(ledgersAgree({ load: [refused()], sim: [], rows: [lost] })).toEqual([]);
  });

  it('a call that was refused before it was sent', () => {
    expect(ledgersAgree({ load: [refused()], sim: [], rows: [] })).toEqual([]);
  });
});

describe('a journal', () => {
  const line = (seq: number, bootId = 'boot') => ({ bootId, seq });

  it('without gap or repetition is whole, boot by boot', () => {
    expect(journalGapless([line(2), line(1), line(7, 'other'), line(3)])).toEqual([]);
  });

  it.each([
    ['with a gap', [line(1), line(3)]],
    ['with a line twice', [line(1), line(2), line(2)]],
  ])('%s is found out', (_what, lines) => {
    expect(journalGapless(lines)).toHaveLength(1);
  });
});
