import { Blame } from '../contract/problem.js';
import { OutcomeClass, Plane } from '../telemetry/metrics.js';

/** Which part of the house a route belongs to, for metrics. */
export function planeOf(route: string): Plane {
  if (route.startsWith('/number-verification/')) return 'data';
  if (route.startsWith('/admin/v1/')) return 'admin';
  return /^\/(authorize|bc-authorize|token|jwks|upstream|\.well-known)(\/|$)/.test(route) ? 'auth' : 'other';
}

const BY_BLAME: Readonly<Record<Blame, OutcomeClass>> = {
  client: 'client_error',
  operator: 'operator_error',
  gateway: 'gateway_error',
};

/**
 * @param blame of what was answered, an error that a redirect takes home included; without one the status tells,
 *   and a 5xx is ours
 */
export function outcomeClassOf(status: number, blame: Blame | undefined): OutcomeClass {
  if (status === 429) return 'rate_limited';
  if (blame !== undefined) return BY_BLAME[blame];
  if (status < 400) return 'success';
  return status < 500 ? 'client_error' : 'gateway_error';
}
