import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type LimitKind = 'rate' | 'quota' | 'concurrent' | 'global' | 'admin' | 'token';
export type LimitStore = 'memory' | 'redis' | 'fallback';
export type Decision = 'allow' | 'deny';
export type ShedClass = 'finish' | 'start' | 'rest';

const KINDS: readonly LimitKind[] = ['rate', 'quota', 'concurrent', 'global', 'admin', 'token'];
const STORES: readonly LimitStore[] = ['memory', 'redis', 'fallback'];
const DECISIONS: readonly Decision[] = ['allow', 'deny'];
const CLASSES: readonly ShedClass[] = ['finish', 'start', 'rest'];

/** Decisions of the limiter. They are counted in plain numbers and handed over at each scrape. */
export class LimitMetrics {
  private readonly decisions: Counter;
  private readonly roundTrip: Histogram;
  private readonly isDegraded: Gauge;
  private readonly shedTotal: Counter;
  private readonly inFlight: Gauge;
  private readonly inFlightLimit: Gauge;
  private readonly pending = new Map(KINDS.map((kind) => [kind, noDecisions()]));

  constructor(private readonly registry: Registry) {
    this.decisions = new Counter({
      name: 'nvgw_rate_limit_decisions_total',
      help: 'Decisions of the limiter',
      labelNames: ['policy', 'decision', 'store'],
      registers: [registry],
    });
    this.roundTrip = new Histogram({
      name: 'nvgw_rate_limit_store_duration_seconds',
      help: 'Redis round trip',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
      registers: [registry],
    });
    this.isDegraded = this.gauge('limiter_degraded', '1 while Redis is configured and does not decide');
    this.shedTotal = new Counter({
      name: 'nvgw_requests_shed_total',
      help: 'Requests refused because the process had too many in flight',
      labelNames: ['class'],
      registers: [registry],
    });
    this.inFlight = this.gauge('requests_in_flight', 'Requests that hold a seat of the process');
    this.inFlightLimit = this.gauge('requests_in_flight_limit', 'How many seats there are now');
    for (const policy of KINDS) this.decisions.inc({ policy, decision: 'deny', store: 'memory' }, 0);
    for (const name of CLASSES) this.shedTotal.inc({ class: name }, 0);
    for (const store of STORES) this.decisions.inc({ policy: 'rate', decision: 'allow', store }, 0);
    this.isDegraded.set(0);
  }

  /** @param kind for an allowed call `rate`: it passed all of them */
  decided(kind: LimitKind, decision: Decision, store: LimitStore): void {
    this.pending.get(kind)![decision][store] += 1;
  }

  storeAnswered(seconds: number): void {
    this.roundTrip.observe(seconds);
  }

  /** @param degraded whether limits are counted without Redis although it is configured */
  degraded(degraded: boolean): void {
    this.isDegraded.set(degraded ? 1 : 0);
  }

  shed(name: ShedClass): void {
    this.shedTotal.inc({ class: name });
    this.decided('global', 'deny', 'memory');
  }

  seats(inFlight: number, limit: number): void {
    this.inFlight.set(inFlight);
    this.inFlightLimit.set(limit);
  }

  /** Hands over what was counted since the last time. */
  flush(): void {
    for (const [policy, counts] of this.pending) {
      for (const decision of DECISIONS) {
        for (const store of STORES) {
          if (counts[decision][store] === 0) continue;
          this.decisions.inc({ policy, decision, store }, counts[decision][store]);
          counts[decision][store] = 0;
        }
      }
    }
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `nvgw_${name}`, help, registers: [this.registry] });
  }
}

function noDecisions(): Record<Decision, Record<LimitStore, number>> {
  return {
    allow: { memory: 0, redis: 0, fallback: 0 },
    deny: { memory: 0, redis: 0, fallback: 0 },
  };
}
