import { describe, expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { PROBLEMS, Problem, ProblemName } from '../contract/problem.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Call } from './call.js';
import { Outcomes, problemOutcome } from './outcomes.js';

function watched(operatorId: string | undefined) {
  const lines: string[] = [];
  const metrics = new Metrics();
  const logger = createLogger('debug', undefined, (line) => lines.push(line) > 0);
  const call = new Call({ headers: {}, correlator: 'correlator-1' } as FastifyRequest, {
    header: () => undefined!,
  });
  call.operatorId = operatorId;
  return { lines, metrics, call, outcomes: new Outcomes(metrics, logger) };
}

const counted = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => /^nvgw_verifications_total\{.*\} [^0]/.test(line));

describe('an answer is handed on as it is, and counted', () => {
  test.each([
    [true, 'match'],
    [false, 'no_match'],
    ['+99003100001', 'shared'],
  ])('%s as %s', async (value, outcome) => {
    const { metrics, call, outcomes } = watched('op');
    expect(await outcomes.watch('verify', call, Promise.resolve(value))).toBe(value);
    expect(await counted(metrics)).toEqual([expect.stringContaining(`outcome="${outcome}"} 1`)]);
  });

  test('a refusal as what it was', async () => {
    const { metrics, call, outcomes, lines } = watched('op');
    const refusal = new Problem('circuitOpen');
    await expect(outcomes.watch('share', call, Promise.reject(refusal))).rejects.toBe(refusal);
    expect(await counted(metrics)).toEqual([expect.stringContaining('outcome="breaker_open"} 1')]);
    expect(lines).toEqual([]);
  });

  test('a call without an operator is counted in nobody’s series', async () => {
    const { metrics, call, outcomes } = watched(undefined);
    await outcomes.watch('verify', call, Promise.reject(new Problem('tokenInvalid'))).catch(() => undefined);
    expect(await counted(metrics)).toEqual([]);
  });
});

test('what is our own fault is reported, without body or number', async () => {
  const { call, outcomes, lines } = watched('op');
  const problem = new Problem('ledgerUnavailable', { detail: 'connection refused' });
  await outcomes.watch('verify', call, Promise.reject(problem)).catch(() => undefined);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      operation: 'verify',
      operator: 'op',
      reason: 'LEDGER_UNAVAILABLE',
      detail: 'connection refused',
      x_correlator: 'correlator-1',
    }),
  ]);
});

test('every Problem has an outcome that blames the right side', () => {
  const names = Object.keys(PROBLEMS) as ProblemName[];
  const wrong = names.filter((name) => {
    const outcome = problemOutcome(new Problem(name));
    const { blame } = PROBLEMS[name];
    if (blame === 'client') return !['client_error', 'rate_limited'].includes(outcome);
    if (blame === 'operator') return ['client_error', 'internal'].includes(outcome);
    return !['internal', 'unavailable'].includes(outcome);
  });
  expect(wrong).toEqual([]);
  expect(problemOutcome(new TypeError('a bug'))).toBe('internal');
});
