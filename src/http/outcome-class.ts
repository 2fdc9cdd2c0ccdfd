import { Blame } from '../contract/problem.js';
import { OutcomeClass } from '../telemetry/metrics.js';

/** Which part of the house a route belongs to, for metrics. */
export function planeOf(route: string): 'data' | 'auth' | 'admin' | 'other' {
  if (route.startsWith('/number-verification/')) return 'data';
  if (route.startsWith('/admin/v1/')) return 'admin';
  return /^\/(authorize|token|jwks|upstream|\.well-known)(\/|$)/.test(route) ? 'auth' : 'other';
}

/** @param blame of the Problem that was answered; a 5xx without one is ours */
export function outcomeClassOf(status: number, blame: Blame | undefined): OutcomeClass {
  if (status < 400) return 'success';
  if (status === 429) return 'rate_limited';
  if (status < 500) return 'client_error';
  return blame === 'operator' ? 'operator_error' : 'gateway_error';
}
