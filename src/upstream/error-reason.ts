import { Problem } from '../contract/problem.js';
import { UpstreamAnswer } from '../dialects/dialect.js';
import { UpstreamErrorReason } from '../telemetry/labels.js';

/**
 * How the metric of upstream errors names a whole answer that was bad.
 * @param status the operator's HTTP status
 * @returns undefined when the answer is no error of the operator: a 4xx that the dialect defines
 */
export function errorReason(problem: Problem, status: number): UpstreamErrorReason | undefined {
  if (status >= 500) return 'http_5xx';
  if (status >= 300 && status < 400) return 'redirect';
  if (problem.problem === 'gatewayCredentials') return 'credentials';
  if (problem.row.status !== 502) return undefined;
  if (problem.detail?.endsWith('content type')) return 'content_type';
  return problem.detail?.endsWith('JSON') ? 'json' : 'schema';
}

/** Whether a token endpoint refuses our own client (RFC 6749 5.2): one registration's trouble, not the operator's. */
export function refusesOurClient({ status, body }: UpstreamAnswer): boolean {
  return (status === 400 || status === 401) && /"error"\s*:\s*"(invalid|unauthorized)_client"/.test(body);
}

/** An error answer to which the dialect gives no meaning. */
export function isUnmapped(problem: Problem, status: number): boolean {
  return problem.problem === 'operatorMisbehaved' && status >= 400;
}
