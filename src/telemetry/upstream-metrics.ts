import { Gauge } from 'prom-client';
import { Operation } from '../contract/number-verification.js';
import { BreakerMetrics } from './breaker-metrics.js';
import { Buckets, Distribution } from './distribution.js';
import { BUCKETS, Families } from './families.js';
import { KnownOperators, OperatorLabels } from './known-operators.js';
import { CodeClass, OPERATIONS, TARGETS, Target, UpstreamErrorReason } from './labels.js';
import { LaneSeries, LaneSources } from './lane-series.js';
import { OperatorEvidence } from './operator-evidence.js';
import { Cell, Tally } from './tally.js';

/** Requests to operators, and what stands between us and them. */
export class UpstreamMetrics {
  readonly breakers: BreakerMetrics;
  /** Beside the registry: what the public status is made of. */
  readonly evidence = new OperatorEvidence();
  private readonly requests: Tally;
  private readonly duration: Distribution;
  private readonly errors: Tally;
  private readonly retries: Tally;
  private readonly unmappedAnswers: Tally;
  private readonly inFlight: Gauge;
  private readonly seats: Gauge;
  private readonly paced: Gauge;
  private readonly skew: Gauge;

  constructor(
    private readonly families: Families,
    private readonly operators: KnownOperators,
  ) {
    const lane = ['operator', 'target'];
    const requests = ['operator', 'operation', 'dialect', 'code_class'];
    this.requests = families.counter('upstream_requests_total', 'Calls sent to operators', requests);
    const name = 'upstream_request_duration_seconds';
    const measured = ['operator', 'operation'];
    this.duration = families.traced(name, 'Time an operator took for a call', BUCKETS.operator, measured);
    const errors = ['operator', 'target', 'reason'];
    this.errors = families.counter('upstream_errors_total', 'Requests that an operator failed', errors);
    this.retries = families.counter('upstream_retries_total', 'Connections tried once more', lane);
    const unmapped = 'Error answers that the dialect does not define';
    this.unmappedAnswers = families.counter('upstream_unmapped_total', unmapped, ['operator']);
    this.inFlight = families.gauge('upstream_in_flight', 'Seats in use', lane);
    this.seats = families.gauge('upstream_in_flight_limit', 'Seats there are', lane);
    this.paced = families.gauge(
      'operator_paced_seconds',
      'Left of the time an operator wants to be left alone',
      ['operator'],
    );
    const clock = "How far an operator's clock is ahead of ours, by its Date header";
    this.skew = families.gauge('operator_clock_skew_seconds', clock, ['operator']);
    this.breakers = new BreakerMetrics(families, operators);
  }

  /** Makes the series of an operator that nobody has called yet. */
  expect({ id, dialect, maxInFlight }: OperatorLabels): void {
    for (const target of TARGETS) {
      // Our own client being refused calls somebody at once: that must be visible from the first time on.
      this.errors.of(id, target, 'credentials');
      if (this.operators.allAtOnce) this.begin(id, target, maxInFlight);
    }
    if (this.operators.allAtOnce)
      for (const operation of OPERATIONS) this.answered(id, operation, dialect, '2xx');
  }

  /** The series of one target of one operator; none are made before it is used. */
  lane(operator: OperatorLabels, target: Target, sources: LaneSources): LaneSeries {
    return new LaneSeries(this, this.families, operator, target, sources);
  }

  begin(operator: string, target: Target, maxInFlight: number): void {
    this.seats.set({ operator, target }, maxInFlight);
    this.inFlight.set({ operator, target }, 0);
    this.breakers.begin(operator, target);
    if (!this.operators.allAtOnce) return;
    this.retries.of(operator, target);
    this.unmappedAnswers.of(operator);
    this.paced.set({ operator }, 0);
  }

  /** Counts the calls of one operator that ended so. */
  answered(operator: string, operation: Operation, dialect: string, codeClass: CodeClass): Cell {
    return this.requests.of(operator, operation, dialect, codeClass);
  }

  /** @returns undefined: no histograms by operator */
  took(operator: string, operation: Operation): Buckets | undefined {
    const label = this.operators.histogramLabel(operator);
    return label === undefined ? undefined : this.duration.of(label, operation);
  }

  failed(operator: string, target: Target, reason: UpstreamErrorReason): void {
    this.errors.of(operator, target, reason).add();
  }

  retried(operator: string, target: Target): void {
    this.retries.of(operator, target).add();
  }

  unmapped(operator: string): void {
    this.unmappedAnswers.of(operator).add();
  }

  seatsTaken(operator: string, target: Target, inFlight: number): void {
    this.inFlight.set({ operator, target }, inFlight);
  }

  /** @param seconds 0: the operator takes calls */
  pacedFor(operator: string, seconds: number): void {
    this.paced.set({ operator }, seconds);
  }

  clockSkew(operator: string, seconds: number): void {
    this.skew.set({ operator }, seconds);
  }
}
