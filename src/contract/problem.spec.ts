import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PROBLEMS, Problem, ProblemName } from './problem.js';

const names = Object.keys(PROBLEMS) as ProblemName[];

describe('the Problem table', () => {
  it.each(names)('%s obeys the ErrorInfo limits of Commonalities r4.2', (name) => {
    const { status, code, message } = PROBLEMS[name];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(status).not.toBe(501);
    expect(code).toMatch(/^(NUMBER_VERIFICATION\.)?[A-Z][A-Z_]*$/);
    expect(code.length).toBeLessThanOrEqual(96);
    expect(message.length).toBeLessThanOrEqual(512);
  });

  it('puts exactly status, code and message on the wire', () => {
    const problem = new Problem('operatorFailed', { detail: 'for logs', retryAfterSeconds: 3 });
    expect(problem.errorInfo).toEqual({
      status: 502,
      code: 'BAD_GATEWAY',
      message: PROBLEMS.operatorFailed.message,
    });
    expect(JSON.stringify(problem.errorInfo)).not.toContain('for logs');
  });

  it('answers 429 only for the tenant’s own limit or quota', () => {
    expect(names.filter((name) => PROBLEMS[name].status === 429)).toEqual(['rateLimited', 'quotaExceeded']);
  });

  it('keeps 500 for our own bugs', () => {
    expect(names.filter((name) => PROBLEMS[name].status === 500)).toEqual(['internal']);
  });

  it('lets only an operator’s or our own fault trip the circuit', () => {
    for (const name of names) if (PROBLEMS[name].trips) expect(PROBLEMS[name].blame).not.toBe('client');
  });
});

describe('docs/errors.md', () => {
  const rows = [
    ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(\w+)` +\| (\d+) +\| (\S+) +\| (\S+) +\|/gm),
  ];

  it('has one row for each Problem, with its status, code and reason', () => {
    const documented = Object.fromEntries(rows.map(([, name, ...cells]) => [name, cells]));
    const actual = Object.fromEntries(
      names.map((name) => {
        const { status, code, reason } = PROBLEMS[name];
        return [name, [String(status), code, reason]];
      }),
    );
    expect(documented).toEqual(actual);
  });
});
