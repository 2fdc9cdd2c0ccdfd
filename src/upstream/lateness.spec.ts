import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lateness } from './lateness.js';

let lateness: Lateness;

beforeEach(() => {
  lateness = new Lateness();
});

afterEach(() => lateness.stop());

test('takes off what the process was late', () => {
  expect(lateness.allowanceMs(1_000)).toBe(0);
  lateness.note(-2);
  expect(lateness.allowanceMs(1_000)).toBe(0);
  lateness.note(30);
  lateness.note(1);
  expect(lateness.allowanceMs(1_000)).toBeCloseTo(29.4);
});

test('is never more than a tenth of a deadline, nor than 100 ms', () => {
  lateness.note(3_000);
  expect(lateness.allowanceMs(300)).toBe(30);
  expect(lateness.allowanceMs(30_000)).toBe(100);
});

test('is forgotten: by half in 35 looks, whatever it was', () => {
  lateness.note(3_000);
  for (let look = 0; look < 35; look++) lateness.note(0);
  expect(lateness.allowanceMs(10_000)).toBeGreaterThan(45);
  expect(lateness.allowanceMs(10_000)).toBeLessThan(55);
});

test('is measured at the event loop', async () => {
  lateness.start();
  lateness.start();
  await sleep(60);
  const until = performance.now() + 120;
  while (performance.now() < until);
  await sleep(1);
  expect(lateness.allowanceMs(10_000)).toBeGreaterThan(60);
});
