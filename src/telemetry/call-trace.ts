import { AsyncLocalStorage } from 'node:async_hooks';
import { Blame } from '../contract/problem.js';

/** One request of ours to an operator, made for a request of a caller. */
export interface Hop {
  readonly operator: string;
  readonly dialect: string;
  readonly target: 'api' | 'token';
  /** verify, share or token. */
  readonly operation: string;
  readonly durationMs: number;
  /** Connections tried; more than one only where no byte had been sent. */
  readonly attempts: number;
  /** The operator's HTTP status; undefined when no whole answer came. */
  readonly status: number | undefined;
  /** What the answer, or its absence, was mapped to: `answered`, or the name of a Problem. */
  readonly mapped: string;
  /** Finer than that: what was wrong, in a word of ours. */
  readonly detail: string | undefined;
}

/**
 * What is told of one request, filled in by the rooms it passes: the line in the log, and what support sees of it. Never a
 * phone number, hash, token, address or an operator's words.
 */
export class CallTrace {
  readonly startedAtMs = Date.now();
  readonly hops: Hop[] = [];
  tenant: string | undefined;
  application: string | undefined;
  operator: string | undefined;
  dialect: string | undefined;
  operation: string | undefined;
  flow: string | undefined;
  /** The routing rule that chose the operator. */
  rule: string | undefined;
  /** CAMARA's or OAuth's error code. */
  code: string | undefined;
  /** Finer than the code. */
  reason: string | undefined;
  /** Which rule of ours refused, or what failed. */
  detail: string | undefined;
  blame: Blame | undefined;
  /** What came of a verification, as its metric names it. */
  outcome: string | undefined;
  /** What the call waited for its row. */
  ledgerMs: number | undefined;
  /** Id of its row; undefined for whatever reached no operator. */
  ledgerId: string | undefined;

  /**
   * @param correlator fit to be logged: scrubbed
   * @param traceId of the distributed trace it belongs to
   */
  constructor(
    readonly correlator: string,
    public traceId?: string,
  ) {}

  /** Milliseconds spent waiting for operators; undefined: none was asked. */
  get upstreamMs(): number | undefined {
    return this.hops.length === 0 ? undefined : this.hops.reduce((sum, hop) => sum + hop.durationMs, 0);
  }
}

const current = new AsyncLocalStorage<CallTrace>();

/** The request being worked on; undefined in the background. What is begun for a request goes on under its name. */
export function currentCall(): CallTrace | undefined {
  return current.getStore();
}

/** Everything that follows from `work` is done for this request. */
export function callFor<T>(trace: CallTrace, work: () => T): T {
  return current.run(trace, work);
}

/** Adds to what is told of the current request, if there is one. */
export function noteCall(
  facts: Partial<Omit<CallTrace, 'hops' | 'startedAtMs' | 'correlator' | 'traceId' | 'upstreamMs'>>,
): void {
  const trace = current.getStore();
  if (trace !== undefined) Object.assign(trace, facts);
}
