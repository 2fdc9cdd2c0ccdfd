import { Problem } from '../contract/problem.js';

/**
 * How the metric of upstream errors names a whole answer that was bad.
 * @param status the operator's HTTP status
 * @returns undefined when the answer is no error of the operator: a 4xx that the dialect defines
 */
export function errorReason(problem: Problem, status: number): string | undefined {
  if (status >= 500) return 'http_5xx';
  if (status >= 300 && status < 400) return 'redirect';
  if (problem.problem === 'gatewayCredentials') return 'credentials';
  if (problem.row.status !== 502) return undefined;
  if (problem.detail?.endsWith('content type')) return 'content_type';
  return problem.detail?.endsWith('JSON') ? 'json' : 'schema';
}
