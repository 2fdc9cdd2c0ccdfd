import { describe, expect, test } from '@jest/globals';
import { clientOf, limiter } from '../../test/support/limiter-rig.js';

describe('what the caller is told', () => {
  test('is nothing where nothing is limited', () => {
    const { call, silent } = limiter();
    expect(call(clientOf({}))).toBeUndefined();
    expect(silent()).toBe(true);
  });

  test('is every policy, and the tightest rate and quota after this call', () => {
    const { call, told } = limiter();
    call(
      clientOf({ ratePerSecond: 50, burst: 100, perDay: 9 }, { perMinute: 60, perMonth: 10, concurrent: 7 }),
    );
    expect(told()).toEqual({
      policies: [
        { name: 'rate', quota: 100, windowSeconds: 2 },
        { name: 'day', quota: 9, windowSeconds: 86_400 },
        { name: 'tenant-minute', quota: 60, windowSeconds: 60 },
        { name: 'tenant-month', quota: 10, windowSeconds: 30 * 86_400 },
        { name: 'tenant-concurrent', quota: 7, windowSeconds: undefined },
      ],
      tightest: [
        expect.objectContaining({ name: 'tenant-minute', remaining: 59, resetSeconds: 60 }),
        expect.objectContaining({ name: 'day', remaining: 8, resetSeconds: 12 * 3600 }),
      ],
    });
  });

  test('is the exhausted policy alone when the call is refused, no sooner than it may come back', () => {
    const { call, told } = limiter();
    const client = clientOf({ perMinute: 100 }, { ratePerSecond: 0.1, burst: 1 });
    call(client);
    const seconds = call(client)!.retryAfterSeconds;
    expect(told()!.tightest).toEqual([{ name: 'tenant-rate', remaining: 0, resetSeconds: seconds }]);
  });

  test('follows a change of the limits at once', () => {
    const { call, told } = limiter();
    call(clientOf({ perMinute: 100 }));
    call(clientOf({ perMinute: 5 }));
    expect(told()!.policies).toEqual([{ name: 'minute', quota: 5, windowSeconds: 60 }]);
    expect(told()!.tightest).toMatchObject([{ name: 'minute', remaining: 3 }]);
  });
});
