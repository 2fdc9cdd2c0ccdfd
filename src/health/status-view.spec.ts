import { expect, test } from '@jest/globals';
import { windowView } from './status-view.js';

const seen = (answered: number, failed: number, within500Ms = answered, within2s = answered) =>
  windowView({ answered, failed, within500Ms, within2s });

test.each([
  [0, 0],
  [4, 0],
  [0, 4],
])('%i answered and %i failed calls are no evidence: never up', (answered, failed) => {
  expect(seen(answered, failed)).toEqual({ status: 'unknown', availability: null, latency: 'unknown' });
});

test.each([
  [100, 0, 'up', 1],
  [99, 1, 'up', 0.99],
  [98, 2, 'degraded', 0.98],
  [50, 50, 'degraded', 0.5],
  [49, 51, 'down', 0.49],
  [0, 5, 'down', 0],
  // Never rounded up to what it is not.
  [99_999, 1, 'up', 0.999],
])('%i answered and %i failed calls are %s', (answered, failed, status, availability) => {
  expect(seen(answered, failed)).toMatchObject({ status, availability });
});

test.each([
  [95, 100, 'fast'],
  [94, 95, 'moderate'],
  [94, 94, 'slow'],
])('%i of 100 answers within half a second and %i within two are %s', (within500Ms, within2s, latency) => {
  expect(seen(100, 0, within500Ms, within2s)).toMatchObject({ latency });
});

test('an operator that fails says nothing of its speed', () => {
  expect(seen(0, 100)).toMatchObject({ status: 'down', latency: 'unknown' });
});
