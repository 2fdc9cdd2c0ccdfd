import { Problem, ProblemName } from '../contract/problem.js';

/** How long an operator is left alone that wants to be, but does not say for how long. */
const DEFAULT_PACE_SECONDS = 5;
const PACING: ReadonlySet<ProblemName> = new Set(['operatorRateLimited', 'operatorQuotaExceeded']);

/** How long an operator has asked to be left alone. */
export class Pace {
  private until = 0;

  /** Negative once the time is over. */
  get secondsLeft(): number {
    return (this.until - performance.now()) / 1000;
  }

  /** @throws Problem operatorRateLimited with the seconds to wait */
  requireNone(): void {
    const seconds = this.secondsLeft;
    if (seconds <= 0) return;
    throw new Problem('operatorRateLimited', { neverSent: true, retryAfterSeconds: Math.ceil(seconds) });
  }

  /** Takes an operator's "not now" at its word. @returns the Problem with the seconds to wait */
  obey(problem: Problem): Problem {
    if (!PACING.has(problem.problem)) return problem;
    const seconds = problem.retryAfterSeconds ?? DEFAULT_PACE_SECONDS;
    this.until = performance.now() + seconds * 1000;
    if (problem.retryAfterSeconds !== undefined) return problem;
    const { detail } = problem;
    return new Problem(problem.problem, { detail, cause: problem, retryAfterSeconds: seconds });
  }
}
