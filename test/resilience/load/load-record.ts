/** One call as the ASP's side saw it: the load's ledger. */
export interface LoadRecord {
  readonly jti: string;
  readonly correlator: string;
  /** Of the order it belongs to: `victim`, `noisy` and so on. */
  readonly kind: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly operatorId: string;
  readonly operation: 'verify' | 'share';
  /** What only a true answer can be: `true`, `false` or the number. */
  readonly expected: string;
  /** When it was sent, milliseconds since the epoch. */
  readonly sentAt: number;
  /** From sending to the whole answer. */
  readonly ms: number;
  /** How much later than due it was sent; a latency without coordinated omission is `lateMs + ms`. */
  readonly lateMs: number;
  /** 0: no answer came; then `code` says why. */
  readonly status: number;
  /** ErrorInfo's; empty for a 200. */
  readonly code: string;
  /** `true`, `false` or the number of a 200; empty otherwise. */
  readonly verdict: string;
  /** Retry-After in seconds; undefined without one. */
  readonly retryAfter: number | undefined;
  /** The gateway that answered, as the balancer says. */
  readonly pod: string;
  /** What was wrong with the answer's form; empty for a legal one. */
  readonly illegal: string;
}
