import { beforeEach, describe, expect, test } from '@jest/globals';
import { OperatorEvidence } from '../telemetry/operator-evidence.js';
import { OperatorWindows } from './operator-windows.js';

const MINUTE_MS = 60_000;
let nowMs: number;
let evidence: OperatorEvidence;
let windows: OperatorWindows;

beforeEach(() => {
  nowMs = Date.parse('2026-03-01T12:00:30Z');
  evidence = new OperatorEvidence(() => nowMs);
  windows = new OperatorWindows(evidence, () => nowMs);
});

const calls = (fine: number, failed: number, seconds = 0.1): void => {
  for (let call = 0; call < fine; call += 1) evidence.note('one', 'api', true, seconds);
  for (let call = 0; call < failed; call += 1) evidence.note('one', 'api', false, seconds);
};

describe('the windows', () => {
  test('hold what this process has just seen', () => {
    calls(3, 1);
    expect(windows.over('one', 'api', 5)).toEqual({ answered: 3, failed: 1, within500Ms: 3, within2s: 3 });
    expect(windows.over('one', 'token', 5)).toMatchObject({ answered: 0, failed: 0 });
    expect(windows.over('two', 'api', 5)).toMatchObject({ answered: 0, failed: 0 });
  });

  test('move on with the time', () => {
    calls(3, 1);
    nowMs += 4 * MINUTE_MS;
    calls(1, 0);
    expect(windows.over('one', 'api', 5)).toMatchObject({ answered: 4, failed: 1 });
    nowMs += MINUTE_MS;
    expect(windows.over('one', 'api', 5)).toMatchObject({ answered: 1, failed: 0 });
    expect(windows.over('one', 'api', 60)).toMatchObject({ answered: 4, failed: 1 });
  });

  test('forget after a day, also what lies in the same place of the ring', () => {
    calls(3, 0);
    windows.learn(evidence.take());
    nowMs += 24 * 60 * MINUTE_MS;
    expect(windows.over('one', 'api', 24 * 60)).toMatchObject({ answered: 0 });
    calls(2, 0);
    windows.learn(evidence.take());
    expect(windows.over('one', 'api', 24 * 60)).toMatchObject({ answered: 2 });
  });

  test('take what all processes have seen in place of what was known', () => {
    calls(3, 0);
    const rows = evidence.take();
    windows.learn(rows.map((row) => ({ ...row, answered: 30, failed: 10 })));
    calls(1, 0);
    expect(windows.over('one', 'api', 5)).toMatchObject({ answered: 31, failed: 10 });
  });
});

test('what could not be handed over is counted on', () => {
  calls(3, 1, 1);
  const taken = evidence.take();
  expect(evidence.rows).toEqual([]);
  calls(2, 0);
  evidence.giveBack(taken);
  expect(evidence.rows).toEqual([
    expect.objectContaining({ answered: 5, failed: 1, within500Ms: 2, within2s: 5 }),
  ]);
});

test('while nobody takes it, it keeps a day and no more', () => {
  for (let minute = 0; minute < 2_000; minute += 1) {
    nowMs += MINUTE_MS;
    calls(1, 0);
  }
  expect(evidence.rows.length).toBeLessThanOrEqual(24 * 60 + 1);
});
