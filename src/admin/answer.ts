/** What an operation answers; the interceptor writes it. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A resource as it is now. */
export function resourceAnswer(status: number, body: unknown, version: number, location?: string): Answer {
  return { status, body, headers: { etag: `"${version}"`, ...(location && { location }) } };
}
