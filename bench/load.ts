/** One run of the load generator: closed loop, every connection has exactly one request on its way. */
export interface LoadRun {
  readonly port: number;
  readonly connections: number;
  /** File with one bearer token per line; a single one is used for every request. */
  readonly bearersFile: string;
  /** No request starts after this time. */
  readonly durationMs: number;
  readonly maxRequests: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly durationMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What was not the expected answer, by what it was; empty in a valid run. */
  readonly wrong: Record<string, number>;
  /** Of the load generator itself, µs. */
  readonly cpuUs: number;
}
