import {
  AUTHORIZATION_ERRORS,
  AUTH_FAILURES,
  BREAKER_EVENTS,
  CACHES,
  CACHE_RESULTS,
  CIBA_POLLS,
  FLOWS,
  GUARDED_PLANES,
  LEDGER_MODES,
  OPERATIONS,
  OUTCOMES,
  OUTCOME_CLASSES,
  OutcomeClass,
  POLICIES,
  SIGN_IN_OUTCOMES,
  STORES,
  TARGETS,
  UPSTREAM_ERRORS,
} from '../../src/telemetry/labels.js';
import { Metrics } from '../../src/telemetry/metrics.js';

export interface DrivenOperator {
  readonly id: string;
  readonly dialect: string;
  readonly maxInFlight: number;
}

export function operatorsNamed(count: number): DrivenOperator[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `operator-${String(at).padStart(3, '0')}`,
    dialect: at % 2 === 0 ? 'camara-2.1' : 'camara-1.0',
    maxInFlight: 64,
  }));
}

/** The samples of a page; comments are none. */
export function seriesOf(page: string): string[] {
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const FOUND = ['success', 'client_error', 'gateway_error'] as const;
/** Routes with what can come of a request there. */
const ROUTES = [
  ['data', '/number-verification/v2/verify', 'POST', 200, OUTCOME_CLASSES],
  ['data', '/number-verification/v2/device-phone-number', 'GET', 200, OUTCOME_CLASSES],
  ['data', '/number-verification/auth-options', 'POST', 200, FOUND],
  ['auth', '/authorize', 'GET', 302, FOUND],
  ['auth', '/token', 'POST', 200, OUTCOME_CLASSES],
  ['auth', '/bc-authorize', 'POST', 200, FOUND],
  ['auth', '/upstream/:operatorId/:registrationId/callback', 'GET', 302, FOUND],
  ['auth', '/.well-known/openid-configuration', 'GET', 200, ['success']],
  ['auth', '/jwks', 'GET', 200, ['success']],
  ['other', '/status.json', 'GET', 200, ['success']],
  ['other', 'other', 'any', 200, ['client_error']],
] as const;
/** At a token endpoint there is no dialect that could take offence. */
const OF_DIALECTS = new Set(['content_type', 'json', 'schema', 'redirect']);
const CODES = { success: 0, client_error: 400, rate_limited: 429, operator_error: 502, gateway_error: 500 };

/** Requests to every route, with everything of these classes that can come of them there. */
export function driveRequests(metrics: Metrics, among: readonly OutcomeClass[]): void {
  for (const [plane, template, method, fine, classes] of ROUTES) {
    const route = metrics.http.route(plane, template, method);
    for (const one of classes.filter((each: OutcomeClass) => among.includes(each)))
      route.answered(CODES[one] || fine, one, 0.01);
  }
}

/** What a day of ordinary traffic brings to one operator: sign-ins and verifications that succeed. */
export function driveNormally(metrics: Metrics, operator: DrivenOperator): void {
  for (const target of TARGETS) {
    const lane = metrics.upstream.lane(operator, target, {
      state: () => 'closed',
      inFlight: () => 1,
      pacedSeconds: () => 0,
    });
    lane.use();
    lane.event('success');
    if (target === 'api') lane.called('verify', 200, 0.2);
  }
  metrics.calls.ended(operator.id, 'verify', 'match');
  metrics.calls.ended(operator.id, 'verify', 'no_match');
  metrics.broker.signedIn(operator.id, 'authcode', 'issued');
  metrics.broker.exchanged(operator.id, 0.2);
  metrics.broker.keysRead(operator.id);
}

/** Everything that can happen at one operator, once. */
export function driveEverything(metrics: Metrics, operator: DrivenOperator): void {
  const { id } = operator;
  for (const target of TARGETS) {
    const lane = metrics.upstream.lane(operator, target, {
      state: () => 'half_open',
      inFlight: () => 1,
      pacedSeconds: () => 3,
    });
    lane.use();
    lane.dated(new Date().toUTCString());
    lane.retried();
    lane.unmapped();
    for (const event of BREAKER_EVENTS) lane.event(event);
    for (const reason of UPSTREAM_ERRORS) {
      if (target === 'api' || !OF_DIALECTS.has(reason)) lane.failed(reason);
    }
    if (target === 'token') continue;
    for (const operation of OPERATIONS) {
      for (const status of [200, 302, 404, 500, undefined]) lane.called(operation, status, 0.2);
    }
  }
  for (const operation of OPERATIONS) {
    for (const outcome of OUTCOMES[operation]) metrics.calls.ended(id, operation, outcome);
  }
  for (const outcome of SIGN_IN_OUTCOMES) metrics.broker.signedIn(id, 'authcode', outcome);
  for (const flow of FLOWS) metrics.broker.signedIn(id, flow, 'issued');
  metrics.broker.exchanged(id, 0.2);
  metrics.broker.keysRead(id);
  for (const result of CIBA_POLLS) metrics.broker.polled(id, result);
  for (const error of AUTHORIZATION_ERRORS) metrics.broker.authorizationFailed(id, error);
  for (const result of ['changed', 'unchanged', 'failed'] as const) metrics.routing.tablePolled(id, result);
  metrics.routing.tableAge(id, 10);
}

/** What belongs to no operator, every value of every label once. */
export function driveTheRest(metrics: Metrics, tenants: number): void {
  driveRequests(metrics, OUTCOME_CLASSES);
  driveOurOwn(metrics);
  for (let tenant = 0; tenant < tenants; tenant += 1) {
    for (const one of OUTCOME_CLASSES) metrics.calls.ofTenant(`tenant-${tenant}`, one);
  }
}

/** What the gateway counts of itself. */
export function driveOurOwn(metrics: Metrics): void {
  for (const operation of OPERATIONS) metrics.calls.own(operation, 0.001);
  for (const plane of GUARDED_PLANES) {
    for (const reason of AUTH_FAILURES) metrics.credentials.refused(plane, reason);
  }
  for (const kind of CACHES) for (const result of CACHE_RESULTS) metrics.broker.cache(kind, result);
  for (const policy of POLICIES) for (const store of STORES) metrics.limits.decided(policy, 'deny', store);
  for (const mode of LEDGER_MODES) metrics.journal.mode(mode);
  for (const pool of ['ledger', 'outcomes', 'admin', 'broker', 'probe', 'reports']) {
    metrics.database.pool(pool, { totalCount: 1, idleCount: 1, waitingCount: 0 });
    metrics.database.waiting(pool)(0.001);
  }
  metrics.database.dependency('redis', true);
}
