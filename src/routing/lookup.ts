import { Secret } from '../contract/secret.js';

/** Why no usable answer came: a closed set of words, nothing of what was sent or received. */
export type FailureReason =
  | 'timeout'
  | 'unreachable'
  | 'too_large'
  | 'redirected'
  | 'unauthorized'
  | 'status'
  | 'garbage'
  | 'busy'
  | 'secret_missing';

/** Never has the library's error as its cause: that one holds the request, with number or token in it. */
export class LookupFailed extends Error {
  constructor(readonly reason: FailureReason) {
    super(`a routing service gave no answer: ${reason}`);
  }
}

export interface Lookup {
  url: string;
  /** Sent as JSON by POST; without it the request is a GET. */
  body?: object;
  /** Sent as a form by POST, in the place of a body. */
  form?: URLSearchParams;
  /** A bearer token. */
  token: Secret | undefined;
  /** Basic credentials, encoded. */
  basic?: Secret | undefined;
  /** Who gets the bearer token first, where there is none yet. */
  client?: ServiceClient | undefined;
  /** One deadline for all of it: connect, headers and body. */
  deadlineMs: number;
  maxBytes: number;
  /** Ends it earlier. */
  signal?: AbortSignal;
}

/** Us as a client of a routing service's authorization server. */
export interface ServiceClient {
  readonly method: 'client_secret_basic' | 'private_key_jwt';
  readonly tokenUrl: string;
  readonly clientId: string;
  /** A client secret, or a private key in PEM. */
  readonly secret: Secret;
  readonly keyId?: string | undefined;
  readonly scope?: string | undefined;
}
