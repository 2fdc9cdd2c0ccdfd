import { expect, test } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Limits } from './limits.js';
import { UsageReading } from './usage-reading.js';

const NOW = Date.UTC(2026, 10, 21, 12, 34, 56);
const client = {
  tenantId: 't',
  subscription: { id: 's' },
  limits: { tenant: {}, subscription: { perMonth: 10 } },
};
const NOBODY = { tellLimits: (): void => undefined };

test('quotas survive a restart: what was recorded this UTC day and month has been used', async () => {
  const limits = new Limits(new Metrics(), { clock: () => NOW });
  const asked: string[] = [];
  const usage = {
    since: async (...starts: [Date, Date]) => {
      asked.push(...starts.map((start) => start.toISOString()));
      return new Map([['s', { tenantId: 't', day: 3, month: 9 }]]);
    },
  };
  const reading = new UsageReading(limits, usage, createLogger('silent'), () => NOW);
  await reading.onApplicationBootstrap();
  reading.beforeApplicationShutdown();
  expect(asked).toEqual(['2026-11-21T00:00:00.000Z', '2026-11-01T00:00:00.000Z']);
  limits.take(client, NOBODY).dispatched();
  expect(() => limits.take(client, NOBODY)).toThrow('quotaExceeded');
});

test('records that cannot be read keep nobody from starting, and are said so', async () => {
  const lines: string[] = [];
  const logger = createLogger('warn', undefined, (line) => lines.push(line) > 0);
  const limits = new Limits(new Metrics(), { clock: () => NOW });
  const reading = new UsageReading(
    limits,
    { since: () => Promise.reject(new Error('connection refused')) },
    logger,
  );
  await reading.onApplicationBootstrap();
  reading.beforeApplicationShutdown();
  expect(lines.join()).toContain('usage records cannot be read');
  expect(() => limits.take(client, NOBODY)).not.toThrow();
});
