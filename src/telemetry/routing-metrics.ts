import { Gauge } from 'prom-client';
import { Families } from './families.js';
import { Detour, ROUTING_METHODS, RoutingMethod, RoutingResult } from './labels.js';
import { Tally } from './tally.js';

/** Which operator serves a device. */
export class RoutingMetrics {
  private readonly decisions: Tally;
  private readonly polls: Tally;
  private readonly detours: Tally;
  private readonly age: Gauge;

  constructor(families: Families) {
    const help = 'Which rule chose the operator';
    this.decisions = families.counter('routing_decisions_total', help, ['method', 'result']);
    const detours = 'Sign-ins that went to an alternative of the operator that the rules name';
    this.detours = families.counter('routing_detours_total', detours, ['operator', 'alternative', 'reason']);
    const polls = 'Readings of the routing tables that operators publish';
    this.polls = families.counter('routing_table_polls_total', polls, ['operator', 'result']);
    const age = "Since an operator's routing table was last read";
    this.age = families.gauge('routing_table_age_seconds', age, ['operator']);
    for (const method of ROUTING_METHODS) if (method !== 'default') this.decisions.of(method, 'resolved');
    this.decisions.of('default', 'none');
  }

  decided(method: RoutingMethod, result: RoutingResult): void {
    this.decisions.of(method, result).add();
  }

  detoured(operator: string, alternative: string, reason: Detour): void {
    this.detours.of(operator, alternative, reason).add();
  }

  tablePolled(operator: string, result: 'changed' | 'unchanged' | 'failed'): void {
    this.polls.of(operator, result).add();
  }

  tableAge(operator: string, seconds: number): void {
    this.age.set({ operator }, seconds);
  }
}
