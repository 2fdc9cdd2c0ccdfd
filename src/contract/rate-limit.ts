/** One rule that holds for a caller, as it is told (draft-ietf-httpapi-ratelimit-headers-10, RateLimit-Policy). */
export interface LimitPolicy {
  readonly name: string;
  /** Calls per window; without a window, calls at once. */
  readonly quota: number;
  readonly windowSeconds: number | undefined;
}

/** What is left of one policy (same draft, RateLimit). */
export interface PolicyStanding {
  readonly name: string;
  /** Whole calls, 0 or more. */
  readonly remaining: number;
  /** Whole seconds until more is available; undefined where no time says so (calls at once). */
  readonly resetSeconds: number | undefined;
}

/** What a caller is told of its limits: every policy, and how it stands with those that bind it most. */
export interface Standing {
  /** The same array for the same limits: whoever writes it down may keep the text by it. */
  readonly policies: readonly LimitPolicy[];
  readonly tightest: readonly PolicyStanding[];
}
