import { BrokerMetrics } from './broker-metrics.js';
import { CallMetrics } from './call-metrics.js';
import { CredentialMetrics } from './credential-metrics.js';
import { DatabaseMetrics } from './database-metrics.js';
import { Families, Family } from './families.js';
import { HttpMetrics } from './http-metrics.js';
import { JournalMetrics } from './journal-metrics.js';
import { KnownOperators, MANY_OPERATORS, OperatorLabels } from './known-operators.js';
import { LedgerMetrics } from './ledger-metrics.js';
import { LimitMetrics } from './limit-metrics.js';
import { ProcessMetrics } from './process-metrics.js';
import { RoutingMetrics } from './routing-metrics.js';
import { SnapshotMetrics } from './snapshot-metrics.js';
import { TraceMetrics } from './trace-metrics.js';
import { UpstreamMetrics } from './upstream-metrics.js';
import { ownVersion } from './version.js';

export type {
  BreakerState,
  Outcome,
  OutcomeClass,
  Plane,
  RefreshTrigger,
  RoutingMethod,
  Target,
} from './labels.js';

/** How many labels of their own tenants and operators get. */
export interface MetricsOptions {
  /** Tenants with a series of their own; 0: calls are not counted by tenant. */
  readonly tenantLabelMax?: number;
  /** Operators with histograms of their own; 0: operators are not measured one by one. */
  readonly operatorHistogramMax?: number;
  /** Of the source of this build. */
  readonly commit?: string;
}

/**
 * Typed recorders over one registry; docs/metrics.md is its table. All metrics are there from the start. Nobody but
 * this room knows the library behind it.
 */
export class Metrics {
  private readonly families = new Families();
  private readonly operators: KnownOperators;
  readonly http = new HttpMetrics(this.families);
  readonly calls: CallMetrics;
  readonly upstream: UpstreamMetrics;
  readonly broker: BrokerMetrics;
  readonly credentials = new CredentialMetrics(this.families);
  readonly routing = new RoutingMetrics(this.families);
  readonly ledger = new LedgerMetrics(this.families);
  readonly journal = new JournalMetrics(this.families);
  readonly limits = new LimitMetrics(this.families);
  readonly snapshot = new SnapshotMetrics(this.families);
  readonly database = new DatabaseMetrics(this.families);
  readonly process = new ProcessMetrics(this.families);
  readonly traces = new TraceMetrics(this.families);

  constructor({ tenantLabelMax = 100, operatorHistogramMax = MANY_OPERATORS, commit }: MetricsOptions = {}) {
    this.operators = new KnownOperators(operatorHistogramMax);
    this.calls = new CallMetrics(this.families, this.operators, tenantLabelMax);
    this.upstream = new UpstreamMetrics(this.families, this.operators);
    this.broker = new BrokerMetrics(this.families, this.operators);
    this.process.built({ version: ownVersion(), commit: commit ?? 'unknown' });
  }

  /** Every operator there is, used or not: makes those of its series that must exist before anything happens. */
  expect(operators: readonly OperatorLabels[]): void {
    this.operators.expect(operators.length);
    for (const operator of operators) {
      this.calls.expect(operator.id);
      this.upstream.expect(operator);
      this.broker.expect(operator.id);
    }
  }

  /** Calls `sampler` before each page: for gauges that would cost too much to keep current per call. */
  sample(sampler: () => void): void {
    this.families.sample(sampler);
  }

  /** Name, type and labels of every metric of ours. */
  get table(): readonly Family[] {
    return this.families.all;
  }

  /** @returns the page in OpenMetrics text */
  render(): Promise<string> {
    return this.families.render();
  }

  /** @returns the page in Prometheus' text format 0.0.4 */
  renderPlain(): Promise<string> {
    return this.families.renderPlain();
  }
}
