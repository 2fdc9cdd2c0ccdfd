import { describe, expect, test } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Metrics } from '../src/telemetry/metrics.js';
import {
  driveEverything,
  driveNormally,
  driveOurOwn,
  driveRequests,
  driveTheRest,
  operatorsNamed,
  seriesOf,
} from './support/every-outcome.js';

const BUDGET = 5_000;

const expecting = (count: number): { metrics: Metrics; operators: ReturnType<typeof operatorsNamed> } => {
  const metrics = new Metrics();
  const operators = operatorsNamed(count);
  metrics.expect(operators);
  return { metrics, operators };
};

describe('how many series one process has', () => {
  test('20 operators and 50 tenants to which everything has happened: within the budget', async () => {
    const { metrics, operators } = expecting(20);
    for (const operator of operators) driveEverything(metrics, operator);
    driveTheRest(metrics, 50);
    const series = seriesOf(await metrics.render()).length;
    process.stdout.write(`20 operators, everything: ${series} series\n`);
    expect(series).toBeLessThanOrEqual(BUDGET);
  });

  test('200 operators and 50 tenants in ordinary traffic: within the budget', async () => {
    const { metrics, operators } = expecting(200);
    for (const operator of operators) driveNormally(metrics, operator);
    driveRequests(metrics, ['success', 'client_error']);
    driveOurOwn(metrics);
    for (let tenant = 0; tenant < 50; tenant += 1) {
      metrics.calls.ofTenant(`tenant-${tenant}`, 'success');
      metrics.calls.ofTenant(`tenant-${tenant}`, 'client_error');
    }
    const series = seriesOf(await metrics.render()).length;
    process.stdout.write(`200 operators, ordinary traffic: ${series} series\n`);
    expect(series).toBeLessThanOrEqual(BUDGET);
  });

  test('200 operators before the first call: two series for each', async () => {
    const few = seriesOf(await expecting(100).metrics.render()).length;
    const many = seriesOf(await expecting(200).metrics.render()).length;
    // Give or take what the runtime says of itself.
    expect(Math.abs(many - few - 200)).toBeLessThan(20);
  });

  test('tenants beyond the limit share one label, and can be left out', async () => {
    const count = async (tenantLabelMax: number): Promise<number> => {
      const metrics = new Metrics({ tenantLabelMax });
      for (let tenant = 0; tenant < 300; tenant += 1) metrics.calls.ofTenant(`tenant-${tenant}`, 'success');
      const lines = seriesOf(await metrics.render()).filter((line) => line.startsWith('nvgw_tenant_'));
      return lines.length;
    };
    expect(await Promise.all([count(0), count(10)])).toEqual([0, 11]);
  });

  test('operators beyond the limit share one histogram, and can be left out', async () => {
    const measured = async (operatorHistogramMax: number): Promise<string[]> => {
      const metrics = new Metrics({ operatorHistogramMax });
      for (const operator of operatorsNamed(5)) driveNormally(metrics, operator);
      const page = await metrics.render();
      return [
        ...page.matchAll(/^nvgw_upstream_request_duration_seconds_count\{operator="([^"]*)".*\} (\d+)/gm),
      ].map(([, operator, count]) => `${operator} ${count}`);
    };
    expect(await measured(2)).toEqual(['operator-000 1', 'operator-001 1', 'other 3']);
    expect(await measured(0)).toEqual([]);
  });
});

test('what making the largest page takes is told', async () => {
  const { metrics, operators } = expecting(20);
  for (const operator of operators) driveEverything(metrics, operator);
  driveTheRest(metrics, 50);
  const stalls: number[] = [];
  const took: number[] = [];
  for (let run = 0; run < 10; run += 1) {
    const began = performance.now();
    const page = { made: false };
    const making = metrics.render().finally(() => {
      page.made = true;
    });
    let longest = 0;
    for (let last = began; !page.made; last = performance.now()) {
      await turn();
      longest = Math.max(longest, performance.now() - last);
    }
    await making;
    stalls.push(longest);
    took.push(performance.now() - began);
  }
  const median = (all: number[]): string => all.sort((one, other) => one - other)[5]!.toFixed(1);
  const [whole, stall] = [median(took), median(stalls)];
  process.stdout.write(`a page of 5,000 series takes ${whole} ms and stalls calls for ${stall} ms\n`);
  // Machines differ: only gross mistakes fail, such as a page that is made at one long stretch.
  expect(Number(stall)).toBeLessThan(250);
});
