/** When a circuit opens and how it heals. */
export interface BreakerSettings {
  /** First time spent open, ±20 %. Must exceed the deadline, or a late answer could close the circuit. */
  readonly resetTimeoutMs: number;
  readonly maxResetTimeoutMs: number;
  /** Shorter than any reset timeout: what failed before must be forgotten when the circuit closes. */
  readonly windowMs: number;
  readonly volumeThreshold: number;
  readonly consecutiveTimeouts: number;
  /** A circuit that opens again within this time of closing goes on doubling its time spent open. */
  readonly calmMs: number;
  /** How long a healed operator gets 10 %, then 50 % of its seats. */
  readonly rampStepMs: number;
}

export const BREAKER_DEFAULTS: BreakerSettings = {
  resetTimeoutMs: 5_000,
  maxResetTimeoutMs: 60_000,
  windowMs: 3_000,
  volumeThreshold: 20,
  consecutiveTimeouts: 8,
  calmMs: 30_000,
  rampStepMs: 2_000,
};
