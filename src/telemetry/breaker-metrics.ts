import { Gauge } from 'prom-client';
import { Families } from './families.js';
import { KnownOperators } from './known-operators.js';
import { BREAKER_EVENTS, BREAKER_STATES, BreakerEvent, BreakerState, Target } from './labels.js';
import { Tally } from './tally.js';

/** The circuits of the operators. */
export class BreakerMetrics {
  private readonly states: Gauge;
  private readonly events: Tally;
  /** Circuits that have all three states on the page: those that have ever left `closed`. */
  private readonly moved = new Set<string>();

  constructor(
    families: Families,
    private readonly operators: KnownOperators,
  ) {
    const lane = ['operator', 'target'];
    this.states = families.gauge('circuit_breaker_state', '1 for the state a circuit is in', [
      ...lane,
      'state',
    ]);
    this.events = families.counter('circuit_breaker_events_total', 'Events of circuits', [...lane, 'event']);
  }

  begin(operator: string, target: Target): void {
    const events = this.operators.allAtOnce ? BREAKER_EVENTS : (['success'] as const);
    for (const event of events) this.events.of(operator, target, event);
    this.state(operator, target, 'closed');
  }

  /** One-hot. Among many operators a circuit that was always closed has that one series alone. */
  state(operator: string, target: Target, now: BreakerState): void {
    const key = `${operator}|${target}`;
    if (now !== 'closed' || this.operators.allAtOnce) this.moved.add(key);
    const states = this.moved.has(key) ? BREAKER_STATES : ([now] as const);
    for (const state of states) this.states.set({ operator, target, state }, state === now ? 1 : 0);
  }

  event(operator: string, target: Target, event: BreakerEvent): void {
    this.events.of(operator, target, event).add();
  }
}
