import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { LimitSet } from '../contract/limit-set.js';
import { Problem } from '../contract/problem.js';
import { Metrics } from '../telemetry/metrics.js';
import { Lease } from './lease.js';
import { LimitedClient, Limits } from './limits.js';

const START = Date.UTC(2026, 11, 31, 23, 58);
const NOBODY = { tellLimits: (): void => undefined };

const clientOf = (subscription: LimitSet, tenant: LimitSet = {}, id = 's'): LimitedClient => ({
  tenantId: 't',
  subscription: { id },
  limits: { tenant, subscription },
});

/** A limiter and its clock; `take` gives a lease or the refusal. */
function limiter() {
  const clock = { ms: START };
  const limits = new Limits(new Metrics(), { clock: () => clock.ms });
  const take = (client: LimitedClient): Lease | Problem => {
    try {
      return limits.take(client, NOBODY);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  };
  return { clock, take };
}

test('a rate does exactly what a bucket of tokens would do', () => {
  const gaps = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 5, 10, 50),
      fc.integer({ min: 1, max: 20 }),
      gaps,
      (ratePerSecond, burst, gaps) => {
        const { clock, take } = limiter();
        // In thousandths of a call, so that the model counts in whole numbers.
        let tokens = burst * 1_000;
        for (const gap of gaps) {
          clock.ms += gap;
          tokens = Math.min(burst * 1_000, tokens + gap * ratePerSecond);
          const allowed = tokens >= 1_000;
          if (allowed) tokens -= 1_000;
          expect(take(clientOf({ ratePerSecond, burst })) instanceof Lease).toBe(allowed);
        }
      },
    ),
  );
});

test('whoever waits as long as it was told may call again, and is told whole seconds', () => {
  const limits = fc.record(
    {
      ratePerSecond: fc.double({ min: 0.05, max: 1_000, noNaN: true }),
      burst: fc.integer({ min: 1, max: 20 }),
      perMinute: fc.integer({ min: 1, max: 30 }),
      perHour: fc.integer({ min: 1, max: 30 }),
      perDay: fc.integer({ min: 1, max: 30 }),
      perMonth: fc.integer({ min: 1, max: 30 }),
    },
    { requiredKeys: ['perMonth'] },
  );
  fc.assert(
    fc.property(limits, fc.nat({ max: 120_000 }), (set, offset) => {
      const { clock, take } = limiter();
      clock.ms += offset;
      for (let refusals = 0; refusals < 3;) {
        const answer = take(clientOf(set));
        if (answer instanceof Lease) {
          answer.dispatched();
          continue;
        }
        refusals += 1;
        const { retryAfterSeconds } = answer;
        expect(Number.isInteger(retryAfterSeconds) && retryAfterSeconds! >= 1).toBe(true);
        clock.ms += retryAfterSeconds! * 1000;
        expect(take(clientOf(set))).toBeInstanceOf(Lease);
      }
    }),
  );
});

/** Any mix of calls by two subscriptions of one tenant, ends of calls, and time. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('call' as const), by: fc.constantFrom('a', 'b'), sent: fc.boolean() }),
    fc.record({ kind: fc.constant('end' as const), nth: fc.nat({ max: 20 }) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 40_000 }) }),
  ),
  { minLength: 1, maxLength: 150 },
);

const LIMITS: LimitSet = { perMinute: 5, perHour: 12, perDay: 20, perMonth: 25, concurrent: 3 };

test('no window, no cap is ever exceeded, and what was refused or never sent uses no quota', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const { clock, take } = limiter();
      /** What a plain count of all calls of the tenant, kept for ever, says. */
      const calls: { at: number; open: Lease | undefined; sent: boolean }[] = [];
      const count = (unit: (date: string) => string, quota: boolean): number => {
        const now = unit(new Date(clock.ms).toISOString());
        const counted = calls.filter(({ sent, open }) => !quota || sent || open !== undefined);
        return counted.filter(({ at }) => unit(new Date(at).toISOString()) === now).length;
      };
      for (const step of steps) {
        if (step.kind === 'wait') clock.ms += step.ms;
        if (step.kind === 'end') {
          const call = calls.filter(({ open }) => open !== undefined)[step.nth];
          call?.open?.[Symbol.dispose]();
          if (call) call.open = undefined;
        }
        if (step.kind !== 'call') continue;
        const free =
          count((date) => date.slice(0, 16), false) < LIMITS.perMinute! &&
          count((date) => date.slice(0, 13), false) < LIMITS.perHour! &&
          count((date) => date.slice(0, 10), true) < LIMITS.perDay! &&
          count((date) => date.slice(0, 7), true) < LIMITS.perMonth! &&
          calls.filter(({ open }) => open !== undefined).length < LIMITS.concurrent!;
        const answer = take(clientOf({}, LIMITS, step.by));
        expect(answer instanceof Lease).toBe(free);
        if (!(answer instanceof Lease)) continue;
        if (step.sent) answer.dispatched();
        calls.push({ at: clock.ms, open: answer, sent: step.sent });
      }
    }),
    { numRuns: 150 },
  );
});
