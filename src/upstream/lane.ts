import { Problem, ProblemName } from '../contract/problem.js';
import { UpstreamAnswer, UpstreamRequest } from '../dialects/dialect.js';
import { Operator } from '../operators/operator.js';
import { BreakerState, Metrics, Target } from '../telemetry/metrics.js';
import { BreakerSettings } from './breaker-settings.js';
import { Breaker, BreakerEvent, Forced } from './breaker.js';
import { Bulkhead } from './bulkhead.js';
import { Connections, Way } from './connections.js';
import { errorReason } from './error-reason.js';
import { Exchange, ExchangeWatch } from './exchange.js';
import { TransportFailure } from './transport-failure.js';

/** The token endpoint's answer is waited for by a person. */
const MAX_TOKEN_DEADLINE_MS = 2_500;
/** Connections tried again: at most one in ten calls, after a small start. */
const RETRY_CREDIT = 0.1;
const MAX_RETRY_CREDIT = 10;
/** How long an operator is left alone that wants to be, but does not say for how long. */
const DEFAULT_PACE_SECONDS = 5;
const PACING: ReadonlySet<ProblemName> = new Set(['operatorRateLimited', 'operatorQuotaExceeded']);

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

/** Everything between us and one target of one operator: its seats, circuit, pace and connections. */
export class Lane implements ExchangeWatch {
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  readonly connections: Connections;
  private readonly deadlineMs: number;
  private readonly label: string;
  private retryCredit = MAX_RETRY_CREDIT;
  private pacedUntil = 0;
  private lastSuccessAtMs: number | undefined;

  constructor(
    readonly operator: Operator,
    readonly target: Target,
    private readonly metrics: Metrics,
    settings: BreakerSettings,
  ) {
    const { timeoutMs, maxInFlight } = operator.limits;
    this.label = operator.dialect.name;
    this.deadlineMs = target === 'token' ? Math.min(timeoutMs, MAX_TOKEN_DEADLINE_MS) : timeoutMs;
    this.bulkhead = new Bulkhead(maxInFlight);
    this.connections = new Connections(operator);
    // Even at its shortest (−20 %) a circuit stays open for longer than any call lasts.
    const resetTimeoutMs = Math.max(settings.resetTimeoutMs, this.deadlineMs * 1.5);
    this.breaker = new Breaker({ ...settings, resetTimeoutMs }, (event) => this.noted(event));
    metrics.sample(() => {
      metrics.breakerState(operator.id, target, this.breaker.state);
      metrics.bulkhead(operator.id, target, this.bulkhead.inFlight, maxInFlight);
    });
  }

  /** How the target fares; nothing is asked of it. */
  get health(): LaneHealth {
    const { state, forced, errorRatio } = this.breaker;
    const { inFlight, seats } = this.bulkhead;
    return { state, forced, inFlight, maxInFlight: seats, errorRatio, lastSuccessAtMs: this.lastSuccessAtMs };
  }

  /**
   * Takes a seat; nothing is sent yet.
   * @returns whether it is the probe of a half-open circuit
   * @throws Problem operatorRateLimited | circuitOpen | bulkheadFull, each with the seconds to wait
   */
  enter(): boolean {
    const pacedMs = this.pacedUntil - performance.now();
    if (pacedMs > 0) {
      throw new Problem('operatorRateLimited', {
        neverSent: true,
        retryAfterSeconds: Math.ceil(pacedMs / 1000),
      });
    }
    const probe = this.breaker.enter();
    try {
      this.bulkhead.take(this.breaker.share);
    } catch (error) {
      this.breaker.leave(probe);
      throw error;
    }
    return probe;
  }

  leave(probe: boolean): void {
    this.bulkhead.free();
    this.breaker.leave(probe);
  }

  /**
   * Exchange and decoding as one call in the eyes of the circuit.
   * @throws Problem of the transport, of `decode`, or circuitOpen with neverSent
   */
  call<T>(
    way: Way,
    request: UpstreamRequest,
    probe: boolean,
    decode: (answer: UpstreamAnswer) => T,
  ): Promise<T> {
    this.retryCredit = Math.min(MAX_RETRY_CREDIT, this.retryCredit + RETRY_CREDIT);
    return this.breaker.run(async () => {
      const started = performance.now();
      // Both CAMARA operations of every version: verify is a POST, share a GET.
      const operation = this.target === 'token' ? 'token' : request.method === 'GET' ? 'share' : 'verify';
      let answer: UpstreamAnswer | undefined;
      try {
        answer = await Exchange.run(
          way.pool,
          {
            method: request.method,
            path: way.prefix + request.path,
            headers: request.headers,
            body: request.body,
          },
          this.deadlineMs,
          this,
        );
        return decode(answer);
      } catch (error) {
        throw answer && error instanceof Problem ? this.judged(error, answer) : error;
      } finally {
        const seconds = (performance.now() - started) / 1000;
        this.metrics.upstreamAnswered(this.operator.id, operation, this.label, answer?.status, seconds);
      }
    }, probe);
  }

  mayRetry(): boolean {
    if (this.retryCredit < 1) return false;
    this.retryCredit--;
    this.metrics.upstreamRetried(this.operator.id, this.target);
    return true;
  }

  failed(failure: TransportFailure): void {
    this.metrics.upstreamError(this.operator.id, this.target, failure.reason);
  }

  async close(): Promise<void> {
    this.breaker.close();
    await this.connections.close();
  }

  private noted(event: BreakerEvent): void {
    this.metrics.breakerEvent(this.operator.id, this.target, event);
    if (event === 'success') this.lastSuccessAtMs = Date.now();
  }

  /** Counts a bad answer, and takes an operator's "not now" at its word. */
  private judged(problem: Problem, answer: UpstreamAnswer): Problem {
    const reason = errorReason(problem, answer.status);
    if (reason) this.metrics.upstreamError(this.operator.id, this.target, reason);
    if (!PACING.has(problem.problem)) return problem;
    const seconds = problem.retryAfterSeconds ?? DEFAULT_PACE_SECONDS;
    this.pacedUntil = performance.now() + seconds * 1000;
    if (problem.retryAfterSeconds !== undefined) return problem;
    return new Problem(problem.problem, {
      detail: problem.detail,
      cause: problem,
      retryAfterSeconds: seconds,
    });
  }
}
