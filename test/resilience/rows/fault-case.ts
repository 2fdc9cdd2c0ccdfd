/** One way in which single requests go wrong, and the only answers it may lead to. */
export interface FaultCase {
  readonly id: string;
  readonly title: string;
  /** Of the simulator, see sim/. */
  readonly fault: string;
  /** `200`, or status and code. */
  readonly expect: readonly string[];
  /** Share of the requests; low enough that no circuit opens, unless given. */
  readonly pct?: number;
  /** Ends at the deadline, not before. */
  readonly atDeadline?: boolean;
  /** The operation it is about; both unless given. */
  readonly endpoint?: 'verify' | 'share';
  /** Dialects that define it; all unless given. */
  readonly dialects?: readonly string[];
  readonly short?: boolean;
}

export const USUAL_PCT = 25;
export const BAD_GATEWAY = '502 BAD_GATEWAY';
export const TIMEOUT = '504 TIMEOUT';
export const UNAVAILABLE = '503 UNAVAILABLE';
