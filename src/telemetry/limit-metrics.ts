import { Gauge } from 'prom-client';
import { Buckets } from './distribution.js';
import { Families } from './families.js';
import { Decision, LimitKind, LimitStore, POLICIES, SHED_CLASSES, STORES, ShedClass } from './labels.js';
import { Cell, Tally } from './tally.js';

export type { LimitKind, LimitStore, ShedClass } from './labels.js';

/** Decisions of the limiter. */
export class LimitMetrics {
  private readonly decisions: Tally;
  private readonly allowed: Readonly<Record<LimitStore, Cell>>;
  private readonly roundTrip: Buckets;
  private readonly isDegraded: Gauge;
  private readonly shedTotal: Tally;
  private readonly inFlight: Gauge;
  private readonly inFlightLimit: Gauge;

  constructor(families: Families) {
    const labels = ['policy', 'decision', 'store'];
    this.decisions = families.counter('rate_limit_decisions_total', 'Decisions of the limiter', labels);
    const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05];
    const help = 'Redis round trip';
    this.roundTrip = families.histogram('rate_limit_store_duration_seconds', help, buckets).of();
    const degraded = '1 while Redis is configured and does not decide';
    this.isDegraded = families.gauge('limiter_degraded', degraded);
    const shed = 'Requests refused because the process had too many in flight';
    this.shedTotal = families.counter('requests_shed_total', shed, ['class']);
    const seats = 'Requests that hold a seat of the process';
    this.inFlight = families.gauge('requests_in_flight', seats);
    this.inFlightLimit = families.gauge('requests_in_flight_limit', 'How many seats there are now');
    for (const policy of POLICIES) this.decisions.of(policy, 'deny', 'memory');
    for (const name of SHED_CLASSES) this.shedTotal.of(name);
    this.allowed = Object.fromEntries(
      STORES.map((store) => [store, this.decisions.of('rate', 'allow', store)]),
    ) as Record<LimitStore, Cell>;
    this.isDegraded.set(0);
  }

  /** @param kind for an allowed call `rate`: it passed all of them */
  decided(kind: LimitKind, decision: Decision, store: LimitStore): void {
    if (kind === 'rate' && decision === 'allow') this.allowed[store].add();
    else this.decisions.of(kind, decision, store).add();
  }

  storeAnswered(seconds: number): void {
    this.roundTrip.observe(seconds);
  }

  /** @param degraded whether limits are counted without Redis although it is configured */
  degraded(degraded: boolean): void {
    this.isDegraded.set(degraded ? 1 : 0);
  }

  shed(name: ShedClass): void {
    this.shedTotal.of(name).add();
    this.decided('global', 'deny', 'memory');
  }

  seats(inFlight: number, limit: number): void {
    this.inFlight.set(inFlight);
    this.inFlightLimit.set(limit);
  }
}
