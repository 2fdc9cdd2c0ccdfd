import { expect, test } from '@jest/globals';
import { EndedCall } from '../telemetry/call-log.js';
import { CallTrace } from '../telemetry/call-trace.js';
import { isTold, wentWell } from './call-story.js';

const ended = (facts: Partial<EndedCall> = {}, trace: Partial<CallTrace> = {}): EndedCall => ({
  trace: Object.assign(new CallTrace('one'), trace),
  plane: 'data',
  route: '/number-verification/v2/verify',
  method: 'POST',
  status: 200,
  outcomeClass: 'success',
  durationMs: 12,
  ...facts,
});

test('a call went well when it was answered, soon, and belongs to no distributed trace', () => {
  expect(wentWell(ended())).toBe(true);
  expect(wentWell(ended({ durationMs: 1_000 }))).toBe(false);
  expect(wentWell(ended({ status: 403 }))).toBe(false);
  expect(wentWell(ended({}, { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' }))).toBe(false);
  expect(wentWell(ended({ plane: 'auth', route: '/token' }))).toBe(false);
});

test('of the authorization server it is told what somebody known did, and what was refused', () => {
  const auth = { plane: 'auth', route: '/token' } as const;
  expect(isTold(ended())).toBe(true);
  expect(isTold(ended(auth))).toBe(false);
  expect(isTold(ended(auth, { tenant: 'one' }))).toBe(true);
  expect(isTold(ended({ ...auth, status: 400 }))).toBe(true);
  expect(isTold(ended({ plane: 'admin', status: 500 }))).toBe(false);
});
