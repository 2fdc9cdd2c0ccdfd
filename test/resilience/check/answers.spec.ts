import { describe, expect, it } from '@jest/globals';
import { everyCall } from './all.js';
import { answersLegally, answersOnceInTime, answersTruly, keepsApart, spendsOnce } from './answers.js';
import { called, received, recorded, refused } from './records.fixture.js';

const names = (violations: { invariant: string }[]): string[] => violations.map(({ invariant }) => invariant);

it('three ledgers that agree breach nothing', () => {
  expect(everyCall({ load: [called()], sim: [received()], rows: [recorded()] }, 1_100)).toEqual([]);
});

describe('I1 finds', () => {
  it.each([
    ['a call without an answer', [called({ status: 0, code: 'ECONNRESET' })]],
    ['an answer that came too late', [called({ ms: 1_101 })]],
    ['a second answer', [called(), called()]],
  ])('%s', (_what, load) => {
    expect(names(answersOnceInTime({ load }, 1_100))).toEqual(['I1']);
  });

  it('no fault in what the load itself kept', () => {
    const load = [called({ ms: 1_150 }), called({ ms: 1_151, correlator: 'another' })];
    expect(answersOnceInTime({ load }, 1_100, undefined, () => 50)).toHaveLength(1);
  });

  it('no fault in a call that a killed process took with it', () => {
    expect(answersOnceInTime({ load: [called({ status: 0 })] }, 1_100, () => true)).toEqual([]);
  });
});

it('I2 finds an answer of illegal form', () => {
  expect(names(answersLegally({ load: [called({ illegal: 'x-correlator' })] }))).toEqual(['I2']);
});

describe('I3 finds', () => {
  it.each([
    ['a wrong boolean', [called({ verdict: 'false' })], [received()]],
    [
      "another device's number",
      [called({ expected: '+990000000001', verdict: '+990000000002' })],
      [received()],
    ],
    ['a right verdict that came of a fault', [called()], [received({ fault: 'dup_key' })]],
    ['a right verdict that no operator gave', [called()], []],
  ])('%s', (_what, load, sim) => {
    expect(names(answersTruly({ load, sim }))).toEqual(['I3']);
  });

  it('nothing in a number that came without its plus', () => {
    expect(answersTruly({ load: [called()], sim: [received({ fault: 'share_without_plus' })] })).toEqual([]);
  });
});

describe('I5 finds', () => {
  it('a token that reached operators twice', () => {
    expect(names(spendsOnce({ load: [], sim: [received(), received({ again: true })] }))).toEqual(['I5']);
  });

  it('two verdicts for one token', () => {
    const load = [called(), called({ correlator: 'c-2' })];
    expect(names(spendsOnce({ load, sim: [received()] }))).toEqual(['I5']);
  });

  it('nothing in a refused call whose token was used again', () => {
    expect(spendsOnce({ load: [refused(), called({ correlator: 'c-2' })], sim: [received()] })).toEqual([]);
  });
});

describe('I7 finds', () => {
  it.each([
    ['a row of another tenant', recorded({ tenantId: 'other' }), received()],
    ['a row of another subscription', recorded({ subscriptionId: 'other' }), received()],
    ['a row of another operator', recorded({ operatorId: 'other' }), received()],
    ['a call at another operator', recorded(), received({ operatorId: 'other' })],
  ])('%s', (_what, row, sim) => {
    expect(names(keepsApart({ load: [called()], sim: [sim], rows: [row] }))).toEqual(['I7']);
  });
});
