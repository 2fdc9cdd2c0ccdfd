import { Problem } from '../contract/problem.js';
import { UpstreamAnswer, UpstreamRequest } from '../dialects/dialect.js';
import { Operator } from '../operators/operator.js';
import { CallLog } from '../telemetry/call-log.js';
import { BreakerState, Metrics, Target } from '../telemetry/metrics.js';
import { SpanFacts } from '../telemetry/spans.js';
import { Attempts } from './attempts.js';
import { BreakerSettings } from './breaker-settings.js';
import { Breaker, BreakerEvent, Forced } from './breaker.js';
import { Bulkhead } from './bulkhead.js';
import { Connections, Way } from './connections.js';
import { HostNames } from './host-names.js';
import { Exchange, ExchangeWatch } from './exchange.js';
import { LaneWatch } from './lane-watch.js';
import { Pace } from './pace.js';
import { TransportFailure } from './transport-failure.js';

/** The token endpoint's answer is waited for by a person. */
const MAX_TOKEN_DEADLINE_MS = 2_500;
/** What an operator must get of the deadline for its answer, or its silence, to say anything about it. */
const FAIR_SHARE = 0.5;
/** Connections tried again: at most one in ten calls, after a small start. */
const RETRY_CREDIT = 0.1;
const MAX_RETRY_CREDIT = 10;

/** What a person wants to know of one target of one operator. */
export interface LaneHealth {
  readonly state: BreakerState;
  /** Held by hand. */
  readonly forced: Forced | undefined;
  readonly inFlight: number;
  readonly maxInFlight: number;
  /** Failed calls among those of the last seconds, 0 to 1; undefined when there were none. */
  readonly errorRatio: number | undefined;
  /** Milliseconds since the epoch; undefined: none since the start. */
  readonly lastSuccessAtMs: number | undefined;
}

/** Why a call would be refused or is worth avoiding now, its seat aside. */
export type Obstacle = 'circuit_open' | 'circuit_half_open' | 'paced';

/** Everything between us and one target of one operator: its seats, circuit, pace and connections. */
export class Lane implements ExchangeWatch {
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  readonly connections: Connections;
  /** Of a call, from the taking of its seat. */
  readonly deadlineMs: number;
  /** What a span of a call here says. */
  readonly facts: SpanFacts;
  private readonly watch: LaneWatch;
  private readonly pace = new Pace();
  private retryCredit = MAX_RETRY_CREDIT;
  private lastSuccessAtMs: number | undefined;

  constructor(
    readonly operator: Operator,
    readonly target: Target,
    metrics: Metrics,
    settings: BreakerSettings,
    names: HostNames,
    calls?: CallLog,
  ) {
    const { timeoutMs, maxInFlight } = operator.limits;
    this.facts = {
      'nvgw.operator': operator.id,
      'nvgw.dialect': operator.dialect.name,
      'nvgw.target': target,
    };
    this.deadlineMs = target === 'token' ? Math.min(timeoutMs, MAX_TOKEN_DEADLINE_MS) : timeoutMs;
    this.bulkhead = new Bulkhead(maxInFlight);
    this.connections = new Connections(operator, names);
    // Even at its shortest (−20 %) a circuit stays open for longer than any call lasts.
    const resetTimeoutMs = Math.max(settings.resetTimeoutMs, this.deadlineMs * 1.5);
    this.breaker = new Breaker({ ...settings, resetTimeoutMs }, (event) => this.noted(event));
    const labels = { id: operator.id, dialect: operator.dialect.name, maxInFlight };
    const series = metrics.upstream.lane(labels, target, {
      state: () => this.breaker.state,
      inFlight: () => this.bulkhead.inFlight,
      pacedSeconds: () => this.pace.secondsLeft,
    });
    this.watch = new LaneWatch(operator, target, series, calls);
  }

  /** How the target fares; nothing is asked of it. */
  get health(): LaneHealth {
    const { state, forced, errorRatio } = this.breaker;
    const { inFlight, seats } = this.bulkhead;
    return { state, forced, inFlight, maxInFlight: seats, errorRatio, lastSuccessAtMs: this.lastSuccessAtMs };
  }

  /** What stands between a call and the target at this moment; nothing is asked of it. */
  get obstacle(): Obstacle | undefined {
    if (this.pace.secondsLeft > 0) return 'paced';
    const { state } = this.breaker;
    if (state === 'closed') return undefined;
    return state === 'open' ? 'circuit_open' : 'circuit_half_open';
  }

  /**
   * Takes a seat; nothing is sent yet.
   * @returns whether it is the probe of a half-open circuit
   * @throws Problem operatorRateLimited | circuitOpen | bulkheadFull, each with the seconds to wait
   */
  enter(): boolean {
    this.watch.series.use();
    try {
      return this.admit();
    } catch (error) {
      this.watch.series.judged(false);
      throw error;
    }
  }

  leave(probe: boolean): void {
    this.bulkhead.free();
    this.breaker.leave(probe);
  }

  /**
   * Exchange and decoding as one call in the eyes of the circuit.
   * @param withinMs bounds the exchange
   * @throws Problem of the transport, of `decode`, or circuitOpen with neverSent; recordedLate for a silence that had
   *   less than half of the deadline
   */
  call<T>(
    way: Way,
    request: UpstreamRequest,
    withinMs: number,
    probe: boolean,
    decode: (answer: UpstreamAnswer) => T,
  ): Promise<T> {
    const fair = withinMs >= this.deadlineMs * FAIR_SHARE;
    this.retryCredit = Math.min(MAX_RETRY_CREDIT, this.retryCredit + RETRY_CREDIT);
    return this.breaker.run(
      async () => {
        const started = performance.now();
        // Both CAMARA operations of every version: verify is a POST, share a GET.
        const operation = this.target === 'token' ? 'token' : request.method === 'GET' ? 'share' : 'verify';
        let answer: UpstreamAnswer | undefined;
        let failure: unknown;
        const connecting = new Attempts(this);
        try {
          answer = await Exchange.run(
            way.pool,
            {
              method: request.method,
              path: way.prefix + request.path,
              headers: request.headers,
              body: request.body,
            },
            withinMs,
            connecting,
          );
          return decode(answer);
        } catch (error) {
          if (answer && error instanceof Problem) failure = this.judged(error, answer);
          else failure = fair ? error : ourDelay(error);
          throw failure;
        } finally {
          const durationMs = performance.now() - started;
          this.watch.ended({ operation, durationMs, attempts: connecting.attempts }, answer, failure);
        }
      },
      { probe, counts: fair },
    );
  }

  mayRetry(): boolean {
    if (this.retryCredit < 1) return false;
    this.retryCredit--;
    this.watch.series.retried();
    return true;
  }

  failed(failure: TransportFailure): void {
    this.watch.series.failed(failure.reason);
  }

  async close(): Promise<void> {
    this.breaker.close();
    await this.connections.close();
  }

  private admit(): boolean {
    this.pace.requireNone();
    const probe = this.breaker.enter();
    try {
      this.bulkhead.take(this.breaker.share);
    } catch (error) {
      this.breaker.leave(probe);
      throw error;
    }
    return probe;
  }

  private noted(event: BreakerEvent): void {
    this.watch.circuit(event);
    if (event === 'success') this.lastSuccessAtMs = Date.now();
  }

  private judged(problem: Problem, answer: UpstreamAnswer): Problem {
    this.watch.bad(problem, answer);
    return this.pace.obey(problem);
  }
}

/** An operator that got only a little of its time is not to blame for its silence. */
function ourDelay(error: unknown): unknown {
  if (!(error instanceof Problem) || error.problem !== 'operatorTimeout') return error;
  const { detail, neverSent } = error;
  return new Problem('recordedLate', { cause: error, neverSent, ...(detail !== undefined && { detail }) });
}
