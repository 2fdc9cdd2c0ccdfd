import { Gauge } from 'prom-client';
import { Distribution } from './distribution.js';
import { BUCKETS, Families } from './families.js';
import { KnownOperators } from './known-operators.js';
import {
  AUTHORIZATION_ERRORS,
  CACHES,
  CACHE_RESULTS,
  Cache,
  CacheResult,
  CibaPoll,
  Flow,
  OPEN_FLOWS,
  SignInOutcome,
  closed,
} from './labels.js';
import { Tally } from './tally.js';

const FAILURES_TOO = ['issued', 'operator_error', 'timeout', 'internal'] as const;

/** Sign-ins: what came of them, and how the operators' side of them fares. */
export class BrokerMetrics {
  private readonly signIns: Tally;
  private readonly exchange: Distribution;
  private readonly polls: Tally;
  private readonly errors: Tally;
  private readonly open: Gauge;
  private readonly caches: Tally;
  private readonly begun = new Set<string>();
  private readonly keysReadAtMs = new Map<string, number>();

  constructor(
    families: Families,
    private readonly operators: KnownOperators,
  ) {
    const labels = ['operator', 'flow', 'outcome'];
    this.signIns = families.counter('token_broker_requests_total', 'Sign-ins by what came of them', labels);
    const help = 'Token exchange at the operator';
    this.exchange = families.histogram('token_broker_duration_seconds', help, BUCKETS.operator, ['operator']);
    this.polls = families.counter('ciba_polls_total', 'Polls of operators', ['operator', 'result']);
    const errors = 'OAuth errors sent to applications on the redirect';
    this.errors = families.counter('authorization_errors_total', errors, ['operator', 'error']);
    this.open = families.gauge('broker_transactions_pending', 'Sign-ins under way, of all processes', [
      'flow',
    ]);
    this.caches = families.counter('token_cache_operations_total', 'Look-ups of keys and metadata', [
      'kind',
      'result',
    ]);
    for (const kind of CACHES) for (const result of CACHE_RESULTS) this.caches.of(kind, result);
    for (const flow of OPEN_FLOWS) this.open.set({ flow }, 0);
    const age = families.gauge('jwks_age_seconds', "Since an operator's keys were read", ['operator']);
    families.sample(() => {
      for (const [operator, at] of this.keysReadAtMs) age.set({ operator }, (Date.now() - at) / 1000);
    });
  }

  /** @param operator its id, or `none` when no operator was found */
  signedIn(operator: string, flow: Flow, outcome: SignInOutcome): void {
    const key = `${operator}|${flow}`;
    if (!this.begun.has(key)) {
      this.begun.add(key);
      for (const one of this.forRatios) this.signIns.of(operator, flow, one);
    }
    this.signIns.of(operator, flow, outcome).add();
  }

  /** Makes the series of an operator at which nobody has signed in yet. */
  expect(operator: string): void {
    if (!this.operators.allAtOnce) return;
    this.begun.add(`${operator}|authcode`);
    for (const outcome of this.forRatios) this.signIns.of(operator, 'authcode', outcome);
  }

  /** Without these the ratios of an operator at which no sign-in ever failed would be unknown instead of 0. */
  private get forRatios(): readonly SignInOutcome[] {
    return this.operators.allAtOnce ? FAILURES_TOO : ['issued', 'operator_error'];
  }

  exchanged(operator: string, seconds: number): void {
    const label = this.operators.histogramLabel(operator);
    if (label !== undefined) this.exchange.of(label).observe(seconds);
  }

  polled(operator: string, result: CibaPoll): void {
    this.polls.of(operator, result).add();
  }

  /**
   * @param operator its id, or `none` when no operator was found
   * @param error an OAuth error code
   */
  authorizationFailed(operator: string, error: string): void {
    this.errors.of(operator, closed(AUTHORIZATION_ERRORS, error)).add();
  }

  pending(flow: (typeof OPEN_FLOWS)[number], count: number): void {
    this.open.set({ flow }, count);
  }

  cache(kind: Cache, result: CacheResult): void {
    this.caches.of(kind, result).add();
  }

  keysRead(operator: string): void {
    this.keysReadAtMs.set(operator, Date.now());
  }
}
