import CircuitBreaker from 'opossum';
import { Problem } from '../contract/problem.js';
import { BreakerState } from '../telemetry/metrics.js';
import { BreakerSettings } from './breaker-settings.js';

export type BreakerEvent = 'open' | 'half_open' | 'close' | 'reject' | 'timeout' | 'success' | 'failure';

/** Somebody may let go of a circuit long before the time at which it would be let go of by itself. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** A circuit held by hand. */
export interface Forced {
  /** `open` lets nothing pass, `closed` everything, whatever comes of it. */
  readonly mode: 'open' | 'closed';
  /** Milliseconds since the epoch; from then on the circuit is what it would have been. */
  readonly untilMs: number;
}

type Action = () => Promise<unknown>;

/** One circuit over opossum, whose defaults would abort, count and open for the wrong reasons. */
export class Breaker {
  private readonly options: CircuitBreaker.Options<[Action]>;
  private readonly circuit: CircuitBreaker<[Action]>;
  private probing = false;
  private timeoutsInARow = 0;
  private openings = 0;
  private openUntil = 0;
  /** Undefined from opening until the next closing. */
  private closedAt: number | undefined = -Infinity;
  private order: Forced | undefined;

  constructor(
    private readonly settings: BreakerSettings,
    private readonly tell: (event: BreakerEvent) => void,
  ) {
    this.options = {
      // Calls have a deadline of their own; opossum's would end the wait and leave the work going on.
      timeout: false,
      rollingCountTimeout: settings.windowMs,
      rollingCountBuckets: 6,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      volumeThreshold: settings.volumeThreshold,
      // opossum opens above, not at, the threshold: half of the calls failing must suffice.
      errorThresholdPercentage: 49.9,
      errorFilter: (error: unknown) => !(error instanceof Problem && error.row.trips),
    };
    this.circuit = new CircuitBreaker((action: Action) => action(), this.options);
    // Before opossum's own listener, which reads the reset timeout.
    this.circuit.prependListener('open', () => this.onOpen());
    this.circuit.on('halfOpen', () => tell('half_open'));
    this.circuit.on('close', () => {
      this.closedAt = performance.now();
      tell('close');
    });
    this.circuit.on('success', () => {
      this.timeoutsInARow = 0;
      tell('success');
    });
    this.circuit.on('failure', (error: Error) => this.onFailure(error));
  }

  /** Holds the circuit by hand, or lets go of it. */
  force(order: Forced | undefined): void {
    this.order = order;
  }

  /** Undefined also once its time is over. */
  get forced(): Forced | undefined {
    if (this.order && this.order.untilMs <= Date.now()) this.order = undefined;
    return this.order;
  }

  /** Failed calls among those of the last seconds, 0 to 1; undefined when there were none. */
  get errorRatio(): number | undefined {
    const { failures, successes } = this.circuit.stats;
    return failures + successes === 0 ? undefined : failures / (failures + successes);
  }

  get state(): BreakerState {
    if (this.forced) return this.forced.mode;
    return this.circuit.closed ? 'closed' : this.circuit.halfOpen ? 'half_open' : 'open';
  }

  /** What part of its seats the operator gets: less for a while after the circuit has closed. */
  get share(): number {
    if (this.closedAt === -Infinity || this.forced) return 1;
    const healthyForMs = performance.now() - (this.closedAt ?? Infinity);
    if (healthyForMs >= 2 * this.settings.rampStepMs) return 1;
    return healthyForMs < this.settings.rampStepMs ? 0.1 : 0.5;
  }

  /**
   * Lets a call pass, or refuses it before anything is spent for it.
   * @returns whether the call is the one probe of a half-open circuit; then give the seat back with `leave`
   * @throws Problem circuitOpen, with the seconds left
   */
  enter(): boolean {
    if (this.forced?.mode !== 'open' && (this.forced || this.circuit.closed)) return false;
    if (!this.forced && this.circuit.halfOpen && !this.probing) {
      this.probing = true;
      return true;
    }
    this.tell('reject');
    throw this.refusal();
  }

  leave(probe: boolean): void {
    if (probe) this.probing = false;
  }

  /**
   * Runs an admitted call; Problems that trip count against the operator, everything else for it.
   * @param seat whether the call is the probe, and whether what comes of it counts: neither for nor against it when not
   * @throws Problem circuitOpen with neverSent when the circuit has opened since `enter`, and what `action` throws
   */
  run<T>(
    action: () => Promise<T>,
    { probe, counts = true }: { readonly probe: boolean; readonly counts?: boolean },
  ): Promise<T> {
    if (this.forced?.mode === 'closed') return action();
    // A call admitted while the circuit was closed must not become the probe of a half-open one.
    const stale =
      this.forced !== undefined ||
      (!this.circuit.closed && !(probe && this.circuit.halfOpen && this.circuit.pendingClose));
    if (stale) {
      this.tell('reject');
      return Promise.reject(this.refusal());
    }
    return counts ? (this.circuit.fire(action) as Promise<T>) : action();
  }

  close(): void {
    this.circuit.shutdown();
  }

  private refusal(): Problem {
    const leftMs = this.forced
      ? this.forced.untilMs - Date.now()
      : this.circuit.halfOpen
        ? 0
        : this.openUntil - performance.now();
    return new Problem('circuitOpen', {
      neverSent: true,
      retryAfterSeconds: Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(leftMs / 1000))),
    });
  }

  private onOpen(): void {
    const now = performance.now();
    const again = this.closedAt === undefined || now - this.closedAt < this.settings.calmMs;
    this.openings = again ? this.openings + 1 : 0;
    this.closedAt = undefined;
    const { resetTimeoutMs, maxResetTimeoutMs } = this.settings;
    const jitter = 0.8 + 0.4 * Math.random();
    const openMs = Math.min(maxResetTimeoutMs, resetTimeoutMs * 2 ** this.openings * jitter);
    this.options.resetTimeout = openMs;
    this.openUntil = now + openMs;
    this.timeoutsInARow = 0;
    this.tell('open');
  }

  private onFailure(error: Error): void {
    this.tell('failure');
    if (!(error instanceof Problem) || error.problem !== 'operatorTimeout') {
      this.timeoutsInARow = 0;
      return;
    }
    this.tell('timeout');
    // A hang after healthy traffic moves the ratio late: the window still holds the calls that went well.
    if (++this.timeoutsInARow >= this.settings.consecutiveTimeouts) this.circuit.open();
  }
}
