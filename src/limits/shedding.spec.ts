import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ShedClass } from '../telemetry/limit-metrics.js';
import { Metrics } from '../telemetry/metrics.js';
import { Shedding } from './shedding.js';

const MOST = 64;

/** @returns how many requests of that class find a seat, which they then keep */
function seated(shedding: Shedding, urgency: ShedClass, tries = 2 * MOST): number {
  let count = 0;
  for (let i = 0; i < tries; i += 1) {
    if (shedding.refuses(urgency)) continue;
    shedding.enter();
    count += 1;
  }
  return count;
}

describe('seats', () => {
  test('are for everybody while there are many, then for what begins and ends, then for what ends', () => {
    const shedding = new Shedding(new Metrics(), MOST);
    expect(seated(shedding, 'rest')).toBe(32);
    expect(seated(shedding, 'start')).toBe(16);
    expect(seated(shedding, 'finish')).toBe(16);
    expect(seated(shedding, 'finish')).toBe(0);
    shedding.leave();
    expect(seated(shedding, 'start')).toBe(0);
    expect(seated(shedding, 'finish')).toBe(1);
  });

  test('that were refused are counted by class', async () => {
    const metrics = new Metrics();
    const shedding = new Shedding(metrics, MOST);
    seated(shedding, 'finish', MOST);
    for (const urgency of ['rest', 'rest', 'start'] as const) expect(shedding.refuses(urgency)).toBe(true);
    const page = (await metrics.render()).split('\n');
    expect(page).toContain('nvgw_requests_shed_total{class="rest"} 2');
    expect(page).toContain('nvgw_requests_shed_total{class="start"} 1');
    expect(page).toContain('nvgw_requests_shed_total{class="finish"} 0');
    expect(page).toContain(
      'nvgw_rate_limit_decisions_total{policy="global",decision="deny",store="memory"} 3',
    );
    expect(page).toContain(`nvgw_requests_in_flight ${MOST}`);
  });
});

describe('a late event loop', () => {
  test('leaves fewer seats, never fewer than an eighth, and all of them again within two seconds', () => {
    const shedding = new Shedding(new Metrics(), MOST);
    const taken = seated(shedding, 'finish');
    expect(taken).toBe(MOST);
    for (let i = 0; i < 50; i += 1) shedding.adapt(200);
    for (let i = 0; i < taken; i += 1) shedding.leave();
    expect(seated(shedding, 'finish')).toBe(MOST / 8);
    for (let i = 0; i < 40; i += 1) shedding.adapt(1);
    expect(seated(shedding, 'finish')).toBe(MOST - MOST / 8);
  });

  test('takes no seats while few are in use: something else keeps it', () => {
    const shedding = new Shedding(new Metrics(), MOST);
    seated(shedding, 'finish', 10);
    for (let i = 0; i < 50; i += 1) shedding.adapt(500);
    expect(seated(shedding, 'finish')).toBe(MOST - 10);
  });

  test('never lets more in than there are seats, whatever comes and goes', () => {
    const steps = fc.oneof(
      fc.record({
        kind: fc.constant('ask' as const),
        urgency: fc.constantFrom<ShedClass[]>('finish', 'start', 'rest'),
      }),
      fc.record({ kind: fc.constant('leave' as const) }),
      fc.record({ kind: fc.constant('adapt' as const), lateMs: fc.integer({ min: -5, max: 300 }) }),
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 300 }), (steps) => {
        const shedding = new Shedding(new Metrics(), 16);
        let inFlight = 0;
        for (const step of steps) {
          if (step.kind === 'adapt') shedding.adapt(step.lateMs);
          if (step.kind === 'leave' && inFlight > 0) {
            inFlight -= 1;
            shedding.leave();
          }
          if (step.kind !== 'ask') continue;
          // However late the loop was, two in sixteen find a seat.
          if (inFlight < 2 && step.urgency === 'finish') expect(shedding.refuses('finish')).toBe(false);
          if (shedding.refuses(step.urgency)) continue;
          shedding.enter();
          inFlight += 1;
          expect(inFlight).toBeLessThanOrEqual({ finish: 16, start: 12, rest: 8 }[step.urgency]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

test('lateness is measured against the clock', async () => {
  let now = 0;
  const shedding = new Shedding(new Metrics(), MOST, () => now);
  seated(shedding, 'finish');
  shedding.start();
  now = 5_000;
  await new Promise((resolve) => setTimeout(resolve, 120));
  shedding.stop();
  shedding.leave();
  expect(shedding.refuses('finish')).toBe(true);
});
