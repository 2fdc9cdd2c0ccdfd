import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Upstream } from '../upstream/upstream.js';
import { Demand, Obstacle } from './route.js';

/** How often a sign-in tries the operator again whose circuit is half-open: each may be the one that fails. */
const TRIAL_EVERY_MS = 5_000;

/** The alternative that takes a sign-in, and why the operator of the network does not. */
export interface Detour {
  readonly operator: Operator;
  readonly why: Obstacle;
}

/** Asks nothing of anybody: for explanations without an application. */
export const ANYBODY: Demand = { registeredAt: () => true, suits: () => true };

/**
 * Other ways to the same network, for sign-ins only: what has been issued stays with the operator that issued it.
 * A circuit heals by calls, and calls come from sign-ins; so while it is half-open one goes to it now and then.
 */
export class Detours {
  private readonly triedAt = new Map<string, number>();

  /** @param clock milliseconds, monotonic */
  constructor(
    private readonly operators: Pick<Operators, 'alternativesOf'>,
    private readonly upstream: Pick<Upstream, 'obstacle'>,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /**
   * For a sign-in that goes where this says.
   * @returns the alternative to take and why; undefined: the operator itself can, or nobody else
   */
  take(first: Operator, demand: Demand): Detour | undefined {
    return this.past(first, demand, true);
  }

  /** The same for a person who asks: changes nothing. */
  look(first: Operator, demand: Demand): Detour | undefined {
    return this.past(first, demand, false);
  }

  private past(first: Operator, demand: Demand, going: boolean): Detour | undefined {
    const alternatives = this.operators.alternativesOf(first);
    if (alternatives.length === 0) return undefined;
    const why = this.obstacle(first, demand);
    if (why === undefined) return undefined;
    const fit = alternatives.filter((one) => demand.suits(one));
    const free = (obstacle: Obstacle | undefined) =>
      fit.find((one) => this.obstacle(one, demand) === obstacle);
    // Its circuit, too, heals by being tried; before an operator that cannot be had it is the better one.
    const operator = free(undefined) ?? (why === 'circuit_half_open' ? undefined : free('circuit_half_open'));
    if (!operator) return undefined;
    if (why === 'circuit_half_open' && this.isTrial(first, going)) return undefined;
    return { operator, why };
  }

  private obstacle(operator: Operator, demand: Demand): Obstacle | undefined {
    if (operator.off !== undefined) return 'off';
    if (!demand.registeredAt(operator)) return 'not_registered';
    return this.upstream.obstacle(operator);
  }

  private isTrial({ id }: Operator, going: boolean): boolean {
    const now = this.clock();
    if (now - (this.triedAt.get(id) ?? -Infinity) < TRIAL_EVERY_MS) return false;
    if (going) this.triedAt.set(id, now);
    return true;
  }
}
