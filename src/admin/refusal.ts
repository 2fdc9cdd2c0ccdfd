/** Where a request is wrong: `body.redirectUris.0`, `query.perPage`, `header.if-match`. */
export interface Detail {
  readonly location: string;
  readonly message: string;
}

/** Refusals that only the admin API knows; the others are Problems. Codes of CAMARA_common where it has one. */
export const REFUSALS = {
  invalid: [400, 'INVALID_ARGUMENT', 'The request is not valid; see details.'],
  permissionDenied: [403, 'PERMISSION_DENIED', 'Your roles do not allow this.'],
  notFound: [404, 'NOT_FOUND', 'There is no such resource.'],
  alreadyExists: [409, 'ALREADY_EXISTS', 'A resource with this name exists.'],
  aborted: [409, 'ABORTED', 'Another change was made at the same time. Try again.'],
  incompatibleState: [409, 'INCOMPATIBLE_STATE', 'The state of the resource does not allow this.'],
  stale: [412, 'FAILED_PRECONDITION', 'The resource has changed since you read it. Read it again.'],
  keyReused: [422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request.'],
  preconditionRequired: [428, 'PRECONDITION_REQUIRED', 'If-Match with the ETag you have read is required.'],
  tooMany: [429, 'TOO_MANY_REQUESTS', 'Too many requests. Wait as long as Retry-After says.'],
  unavailable: [503, 'UNAVAILABLE', 'The database is not available.'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type RefusalName = keyof typeof REFUSALS;

/** A request of the admin API that is not done, and why. */
export class AdminRefusal extends Error {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly details: readonly Detail[];

  /** @param message for the caller, in place of the general one; holds no secret and nothing of another tenant */
  constructor(
    readonly refusal: RefusalName,
    options: { message?: string; details?: readonly Detail[]; retryAfterSeconds?: number } = {},
  ) {
    super(options.message ?? REFUSALS[refusal][2]);
    this.status = REFUSALS[refusal][0];
    this.details = options.details ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** ErrorInfo (Commonalities r4.2), with what is wrong where that helps. */
  get body(): { status: number; code: string; message: string; details?: readonly Detail[] } {
    const [status, code] = REFUSALS[this.refusal];
    const details = this.details.length > 0 && { details: this.details };
    return { status, code, message: this.message, ...details };
  }
}

/** One thing is wrong. */
export function invalid(location: string, message: string): AdminRefusal {
  return new AdminRefusal('invalid', { details: [{ location, message }] });
}
