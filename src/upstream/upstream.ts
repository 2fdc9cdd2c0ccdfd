import type { OnApplicationShutdown } from '@nestjs/common';
import { Operator } from '../operators/operator.js';
import { Metrics, Target } from '../telemetry/metrics.js';
import { BREAKER_DEFAULTS, BreakerSettings } from './breaker-settings.js';
import { Lane } from './lane.js';
import { operatorFetch } from './operator-fetch.js';
import { Permit } from './permit.js';

/** The only door to the operators. */
export class Upstream implements OnApplicationShutdown {
  private readonly lanes = { api: new Map<string, Lane>(), token: new Map<string, Lane>() };

  constructor(
    private readonly metrics: Metrics,
    private readonly settings: BreakerSettings = BREAKER_DEFAULTS,
  ) {}

  /**
   * Takes a seat at the operator before anything is spent for the call.
   * @returns the permit to send with; dispose it (`using`) when the call is over
   * @throws Problem circuitOpen | bulkheadFull | operatorRateLimited, each with retryAfterSeconds
   */
  admit(operator: Operator, target: Target): Permit {
    const lane = this.lane(operator, target);
    return new Permit(lane, lane.enter());
  }

  /**
   * A `fetch` for OAuth and OpenID libraries: the operator's token endpoint, metadata and keys by the same door
   * (seats, circuit, one deadline of at most 2.5 s, 64 KiB, no redirects). The Problem is the TypeError's `cause`.
   */
  fetch(operator: Operator): typeof fetch {
    return operatorFetch(operator, () => this.admit(operator, 'token'));
  }

  /** Ends every connection; calls still in flight fail. */
  async close(): Promise<void> {
    const lanes = [...this.lanes.api.values(), ...this.lanes.token.values()];
    await Promise.all(lanes.map((lane) => lane.close()));
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private lane(operator: Operator, target: Target): Lane {
    const known = this.lanes[target].get(operator.id);
    if (known) return known;
    const lane = new Lane(operator, target, this.metrics, this.settings);
    this.lanes[target].set(operator.id, lane);
    return lane;
  }
}
