import type { OnApplicationShutdown } from '@nestjs/common';
import { Operator } from '../operators/operator.js';
import { CallLog } from '../telemetry/call-log.js';
import { Metrics, Target } from '../telemetry/metrics.js';
import { BREAKER_DEFAULTS, BreakerSettings } from './breaker-settings.js';
import { Forced } from './breaker.js';
import { HostNames } from './host-names.js';
import { Lateness } from './lateness.js';
import { Lane, LaneHealth, Obstacle } from './lane.js';
import { operatorFetch } from './operator-fetch.js';
import { Permit } from './permit.js';

/** The only door to the operators. */
export class Upstream implements OnApplicationShutdown {
  private readonly lanes = { api: new Map<string, Lane>(), token: new Map<string, Lane>() };
  private readonly forced = { api: new Map<string, Forced>(), token: new Map<string, Forced>() };

  constructor(
    private readonly metrics: Metrics,
    private readonly settings: BreakerSettings = BREAKER_DEFAULTS,
    private readonly calls?: CallLog,
    private readonly names: HostNames = new HostNames(),
    private readonly lateness: Lateness = new Lateness(),
  ) {
    lateness.start();
  }

  /**
   * Takes a seat at the operator before anything is spent for the call.
   * @returns the permit to send with; dispose it (`using`) when the call is over
   * @throws Problem circuitOpen | bulkheadFull | operatorRateLimited, each with retryAfterSeconds
   */
  admit(operator: Operator, target: Target): Permit {
    const lane = this.lane(operator, target);
    return new Permit(lane, this.lateness, lane.enter());
  }

  /**
   * A `fetch` for OAuth and OpenID libraries: the operator's token endpoint, metadata and keys by the same door
   * (seats, circuit, one deadline of at most 2.5 s, 64 KiB, no redirects). The Problem is the TypeError's `cause`.
   */
  fetch(operator: Operator): typeof fetch {
    return operatorFetch(operator, () => this.admit(operator, 'token'));
  }

  /**
   * Holds a circuit by hand until then, or lets go of it.
   * @param mode undefined: the circuit decides by itself again
   * @param untilMs milliseconds since the epoch; after it the circuit decides by itself again
   */
  force(operatorId: string, target: Target, mode: Forced['mode'] | undefined, untilMs = Infinity): void {
    const order = mode && { mode, untilMs };
    if (order) this.forced[target].set(operatorId, order);
    else this.forced[target].delete(operatorId);
    this.lanes[target].get(operatorId)?.breaker.force(order);
  }

  /** How both targets of an operator fare, seen from this process; it asks nothing of the operator. */
  health(operator: Operator): Readonly<Record<Target, LaneHealth>> {
    return { api: this.lane(operator, 'api').health, token: this.lane(operator, 'token').health };
  }

  /** What stands in the way of somebody who needs both targets: to sign in now, and to be verified then. */
  obstacle(operator: Operator): Obstacle | undefined {
    const found = (['token', 'api'] as const).map((target) => this.lane(operator, target).obstacle);
    return found.find((one) => one !== 'circuit_half_open' && one !== undefined) ?? found[0] ?? found[1];
  }

  /** Ends every connection; calls still in flight fail. */
  async close(): Promise<void> {
    this.lateness.stop();
    const lanes = [...this.lanes.api.values(), ...this.lanes.token.values()];
    await Promise.all(lanes.map((lane) => lane.close()));
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private lane(operator: Operator, target: Target): Lane {
    const known = this.lanes[target].get(operator.id);
    if (known) return known;
    const lane = new Lane(operator, target, this.metrics, this.settings, this.names, this.calls);
    lane.breaker.force(this.forced[target].get(operator.id));
    this.lanes[target].set(operator.id, lane);
    return lane;
  }
}
