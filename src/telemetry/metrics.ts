import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { Operation } from '../contract/number-verification.js';
import { JournalMetrics } from './journal-metrics.js';
import { LimitMetrics } from './limit-metrics.js';
import { SnapshotMetrics } from './snapshot-metrics.js';

export type { RefreshTrigger } from './snapshot-metrics.js';
export type Target = 'api' | 'token';
export type Outcome =
  | 'match'
  | 'no_match'
  | 'shared'
  | 'client_error'
  | 'rate_limited'
  | 'upstream_error'
  | 'timeout'
  | 'breaker_open'
  | 'bulkhead_full'
  | 'unavailable'
  | 'internal';
export type OutcomeClass = 'success' | 'client_error' | 'rate_limited' | 'operator_error' | 'gateway_error';
export type RoutingMethod =
  'hint' | 'mcc_mnc' | 'ip_cidr' | 'network_id' | 'prefix' | 'telco_finder' | 'default';
export type BreakerState = 'closed' | 'half_open' | 'open';

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'half_open', 'open'];
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const UPSTREAM_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 10, 15];
const FINE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/**
 * Typed recorders over prom-client, which no other room imports. Labels are closed sets: never a phone
 * number, hash, address, token, client id, raw path or upstream text. Names: docs/metrics of the project,
 * prefix `nvgw_`, base units.
 */
export class Metrics {
  private readonly registry = new Registry();
  readonly journal = new JournalMetrics(this.registry);
  readonly limits = new LimitMetrics(this.registry);
  readonly snapshot = new SnapshotMetrics(this.registry);

  private readonly httpRequests = this.counter('http_requests_total', 'Answers sent to callers', [
    'plane',
    'route',
    'method',
    'code',
    'outcome_class',
  ]);
  private readonly httpDuration = this.histogram(
    'http_request_duration_seconds',
    'Time from request to answer',
    ['plane', 'route', 'outcome_class'],
    HTTP_BUCKETS,
  );
  private readonly verifications = this.counter('verifications_total', 'Calls by what came of them', [
    'operator',
    'operation',
    'outcome',
  ]);
  private readonly upstreamRequests = this.counter('upstream_requests_total', 'Requests sent to operators', [
    'operator',
    'operation',
    'dialect',
    'code_class',
  ]);
  private readonly upstreamDuration = this.histogram(
    'upstream_request_duration_seconds',
    'Time an operator took',
    ['operator', 'operation'],
    UPSTREAM_BUCKETS,
  );
  private readonly upstreamErrors = this.counter('upstream_errors_total', 'Failed requests to operators', [
    'operator',
    'target',
    'reason',
  ]);
  private readonly upstreamRetries = this.counter('upstream_retries_total', 'Connect-phase retries', [
    'operator',
    'target',
  ]);
  private readonly upstreamInFlight = this.gauge('upstream_in_flight', 'Bulkhead seats in use', [
    'operator',
    'target',
  ]);
  private readonly upstreamInFlightLimit = this.gauge('upstream_in_flight_limit', 'Bulkhead size', [
    'operator',
    'target',
  ]);
  private readonly breakerStates = this.gauge('circuit_breaker_state', 'One-hot state of the circuit', [
    'operator',
    'target',
    'state',
  ]);
  private readonly breakerEvents = this.counter('circuit_breaker_events_total', 'Events of the circuit', [
    'operator',
    'target',
    'event',
  ]);
  private readonly authFailures = this.counter('auth_failures_total', 'Refused credentials', [
    'plane',
    'reason',
  ]);
  private readonly degradedReplays = this.counter(
    'replay_degraded_total',
    'One-time things that this process alone has judged, Postgres being away',
    [],
  );
  private readonly replays = this.counter('replays_rejected_total', 'One-time things used twice', ['kind']);
  private readonly tokenRequests = this.counter('token_broker_requests_total', 'Sign-ins by their end', [
    'operator',
    'flow',
    'outcome',
  ]);
  private readonly tokenDuration = this.histogram(
    'token_broker_duration_seconds',
    'Token exchange at the operator',
    ['operator'],
    UPSTREAM_BUCKETS,
  );
  private readonly authorizationErrors = this.counter(
    'authorization_errors_total',
    'OAuth errors sent to ASPs on the redirect',
    ['operator', 'error'],
  );
  private readonly routings = this.counter('routing_decisions_total', 'Which rule chose the operator', [
    'method',
    'result',
  ]);
  private readonly routingPolls = this.counter(
    'routing_table_polls_total',
    'Readings of the routing tables that operators publish',
    ['operator', 'result'],
  );
  private readonly routingAge = this.gauge(
    'routing_table_age_seconds',
    "Since an operator's routing table was last read",
    ['operator'],
  );
  private readonly ledgerRows = this.counter('ledger_rows_total', 'Ledger rows', ['result']);
  private readonly ledgerInsert = this.histogram(
    'ledger_insert_duration_seconds',
    'What one call waits for its row',
    [],
    FINE_BUCKETS,
  );
  private readonly ledgerBatch = this.histogram(
    'ledger_batch_rows',
    'Rows per INSERT statement',
    [],
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
  );
  private readonly ledgerOutcomes = this.counter('ledger_outcomes_total', 'Outcomes written', ['result']);
  private readonly ledgerPending = this.gauge(
    'ledger_pending_outcomes',
    'Rows of this process whose outcome is not in Postgres yet',
    [],
  );
  private readonly ready = this.gauge('ready', '1 while this process reports ready', []);
  private readonly samplers: (() => void)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.ready.set(0);
    this.sample(() => this.limits.flush());
    for (const result of ['inserted', 'spent_before', 'released', 'uncertain', 'error']) {
      this.ledgerRows.inc({ result }, 0);
    }
  }

  /** Makes the series of one operator exist, so that the first failure is visible to `increase()`. */
  knowOperator(operator: string): void {
    for (const target of ['api', 'token'] as const) {
      this.upstreamRetries.inc({ operator, target }, 0);
      this.upstreamErrors.inc({ operator, target, reason: 'credentials' }, 0);
      this.breakerState(operator, target, 'closed');
    }
  }

  httpAnswered(labels: {
    plane: 'data' | 'auth' | 'admin' | 'other';
    route: string;
    method: string;
    code: number;
    outcomeClass: OutcomeClass;
    seconds: number;
  }): void {
    const { plane, route, method, code, outcomeClass: outcome_class } = labels;
    this.httpRequests.inc({ plane, route, method, code, outcome_class });
    this.httpDuration.observe({ plane, route, outcome_class }, labels.seconds);
  }

  verification(operator: string, operation: Operation, outcome: Outcome): void {
    this.verifications.inc({ operator, operation, outcome });
  }

  /** @param status the operator's HTTP status, undefined when none came */
  upstreamAnswered(
    operator: string,
    operation: Operation | 'token',
    dialect: string,
    status: number | undefined,
    seconds: number,
  ): void {
    const code_class = status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
    this.upstreamRequests.inc({ operator, operation, dialect, code_class });
    this.upstreamDuration.observe({ operator, operation }, seconds);
  }

  /** @param reason closed set: dns, refused, connect_timeout, tls, ttfb, body, reset, truncated, too_large, … */
  upstreamError(operator: string, target: Target, reason: string): void {
    this.upstreamErrors.inc({ operator, target, reason });
  }

  upstreamRetried(operator: string, target: Target): void {
    this.upstreamRetries.inc({ operator, target });
  }

  bulkhead(operator: string, target: Target, inFlight: number, limit: number): void {
    this.upstreamInFlight.set({ operator, target }, inFlight);
    this.upstreamInFlightLimit.set({ operator, target }, limit);
  }

  breakerState(operator: string, target: Target, now: BreakerState): void {
    for (const state of BREAKER_STATES) {
      this.breakerStates.set({ operator, target, state }, state === now ? 1 : 0);
    }
  }

  breakerEvent(
    operator: string,
    target: Target,
    event: 'open' | 'half_open' | 'close' | 'reject' | 'timeout' | 'success' | 'failure',
  ): void {
    this.breakerEvents.inc({ operator, target, event });
  }

  authFailed(
    plane: 'data' | 'auth' | 'admin',
    reason:
      | 'missing'
      | 'malformed'
      | 'expired'
      | 'bad_signature'
      | 'unknown_key'
      | 'unknown_client'
      | 'scope'
      | 'suspended'
      | 'revoked',
  ): void {
    this.authFailures.inc({ plane, reason });
  }

  replayRejected(kind: 'access_token' | 'code' | 'assertion_jti' | 'state' | 'auth_req_id'): void {
    this.replays.inc({ kind });
  }

  replayDegraded(): void {
    this.degradedReplays.inc();
  }

  signedIn(
    operator: string,
    flow: 'authcode' | 'ciba' | 'jwtbearer' | 'client_credentials' | 'token_exchange',
    outcome:
      'issued' | 'denied' | 'client_error' | 'operator_error' | 'timeout' | 'breaker_open' | 'internal',
  ): void {
    this.tokenRequests.inc({ operator, flow, outcome });
  }

  tokenExchanged(operator: string, seconds: number): void {
    this.tokenDuration.observe({ operator }, seconds);
  }

  /** @param operator its id, or `none` when no operator was found */
  authorizationFailed(operator: string, error: string): void {
    this.authorizationErrors.inc({ operator, error });
  }

  routed(method: RoutingMethod, result: 'resolved' | 'ambiguous' | 'none'): void {
    this.routings.inc({ method, result });
  }

  routingTablePolled(operator: string, result: 'changed' | 'unchanged' | 'failed'): void {
    this.routingPolls.inc({ operator, result });
  }

  routingTableAge(operator: string, seconds: number): void {
    this.routingAge.set({ operator }, seconds);
  }

  ledgerInserted(rows: number, spentBefore: number): void {
    this.ledgerBatch.observe(rows);
    this.ledgerRows.inc({ result: 'inserted' }, rows - spentBefore);
    if (spentBefore > 0) this.ledgerRows.inc({ result: 'spent_before' }, spentBefore);
  }

  ledgerEvent(result: 'spent_before' | 'released' | 'uncertain' | 'error', rows = 1): void {
    this.ledgerRows.inc({ result }, rows);
  }

  ledgerWaited(seconds: number): void {
    this.ledgerInsert.observe(seconds);
  }

  ledgerOutcomesWritten(result: 'written' | 'retried' | 'failed', rows: number): void {
    this.ledgerOutcomes.inc({ result }, rows);
  }

  ledgerOutcomesPending(rows: number): void {
    this.ledgerPending.set(rows);
  }

  setReady(ready: boolean): void {
    this.ready.set(ready ? 1 : 0);
  }

  /** Calls `sampler` before each scrape: for gauges that would cost too much to keep current per call. */
  sample(sampler: () => void): void {
    this.samplers.push(sampler);
  }

  /** @returns the page in Prometheus' text format 0.0.4 */
  render(): Promise<string> {
    for (const sampler of this.samplers) sampler();
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `nvgw_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name: `nvgw_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L> {
    return new Histogram({ name: `nvgw_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }
}
