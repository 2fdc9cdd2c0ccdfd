import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Problem } from '../contract/problem.js';
import { Metrics } from '../telemetry/metrics.js';
import { Client } from '../tenants/tenants.js';
import { Limits } from './limits.js';

const clientOf = (ratePerSecond: number, burst: number, id = 'subscription-1'): Client =>
  ({ subscription: { id, ratePerSecond, burst } }) as Client;

/** A limiter whose clock stands where the test puts it. */
function limiter(): {
  at: (ms: number) => void;
  take: (client: Client) => Problem | undefined;
  limits: Limits;
  metrics: Metrics;
} {
  let nowMs = 0;
  const metrics = new Metrics();
  const limits = new Limits(metrics, () => nowMs);
  return {
    at: (ms) => {
      nowMs = ms;
    },
    take: (client) => {
      try {
        limits.take(client);
        return undefined;
      } catch (error) {
        if (error instanceof Problem) return error;
        throw error;
      }
    },
    limits,
    metrics,
  };
}

describe('a subscription', () => {
  test('gets its burst at once, then one call per interval', () => {
    const { at, take } = limiter();
    const client = clientOf(10, 3);
    expect([1, 2, 3, 4].map(() => take(client)?.problem)).toEqual([
      undefined,
      undefined,
      undefined,
      'rateLimited',
    ]);
    at(99);
    expect(take(client)?.problem).toBe('rateLimited');
    at(100);
    expect(take(client)).toBeUndefined();
    expect(take(client)?.problem).toBe('rateLimited');
  });

  test('does exactly what a bucket of tokens would do', () => {
    const calls = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 5, 10, 50),
        fc.integer({ min: 1, max: 20 }),
        calls,
        (rate, burst, gaps) => {
          const { at, take } = limiter();
          let nowMs = 0;
          // In thousandths of a call, so that the model counts in whole numbers.
          let tokens = burst * 1_000;
          for (const gap of gaps) {
            nowMs += gap;
            tokens = Math.min(burst * 1_000, tokens + gap * rate);
            at(nowMs);
            const allowed = tokens >= 1_000;
            if (allowed) tokens -= 1_000;
            expect(take(clientOf(rate, burst)) === undefined).toBe(allowed);
          }
        },
      ),
    );
  });

  test('may call again after the seconds it was told, and is told at least one', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 1_000, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (rate, burst) => {
          const { at, take } = limiter();
          const client = clientOf(rate, burst);
          for (let i = 0; i < burst; i += 1) expect(take(client)).toBeUndefined();
          const seconds = take(client)!.retryAfterSeconds!;
          expect(Number.isInteger(seconds) && seconds >= 1).toBe(true);
          at(seconds * 1000);
          expect(take(client)).toBeUndefined();
        },
      ),
    );
  });

  test('pays nothing for refused calls and nothing for its neighbours', () => {
    const { at, take } = limiter();
    const client = clientOf(1, 1);
    take(client);
    for (let i = 0; i < 1_000; i += 1) expect(take(client)?.problem).toBe('rateLimited');
    expect(take(clientOf(1, 1, 'subscription-2'))).toBeUndefined();
    at(1_000);
    expect(take(client)).toBeUndefined();
  });
});

test('memory holds only subscriptions that called lately', () => {
  const { at, take, limits } = limiter();
  for (let i = 0; i < 50_000; i += 1) {
    at(i * 10);
    take(clientOf(10, 5, `subscription-${i}`));
  }
  expect(limits.size).toBeLessThan(2_000);
});

test('both decisions are counted', async () => {
  const { take, metrics } = limiter();
  take(clientOf(1, 1));
  take(clientOf(1, 1));
  const page = await metrics.render();
  for (const decision of ['allow', 'deny']) {
    expect(page).toContain(
      `nvgw_rate_limit_decisions_total{policy="rate",decision="${decision}",store="memory"} 1`,
    );
  }
});
