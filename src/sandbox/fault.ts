import { ErrorName } from './error-bodies.js';

/** What a poll may be refused with for good. */
export type PollEnd = 'expired_token' | 'access_denied' | 'consent_required';

/** What goes wrong while a device signs in; each `at` is met in the flows that pass there. */
export type SignInAct =
  | { at: 'authorize'; error: string }
  | { at: 'authorize'; hangs: true }
  | { at: 'redirect'; foreignIssuer: true }
  | { at: 'bc-authorize'; error: string }
  | { at: 'bc-authorize'; hangs: true }
  /** In seconds; undefined: left out. The first poll is pending. */
  | { at: 'bc-authorize'; interval: number | undefined }
  | { at: 'poll'; first: 'authorization_pending' | 'slow_down'; times: number }
  | { at: 'poll'; refused: PollEnd }
  | { at: 'token'; status: number; error?: string }
  | { at: 'token'; hangs: true }
  | { at: 'token'; ttlSeconds: number }
  /** Members of the answer that differ; undefined: left out. */
  | { at: 'token'; spoils: Record<string, unknown> }
  | { at: 'id_token'; amr: string[] }
  | { at: 'id_token'; foreign: 'nonce' | 'key' };

/** What an API call is answered: an error of the dialect, or something no version knows. */
export type ApiAct =
  | { at: 'api'; error: ErrorName; retryAfter?: number | 'date' }
  | { at: 'api'; status: number; contentType: string; body: string }
  | { at: 'api'; verdict: 'string' | 'missing' | 'null' | 'twice' | 'padded' | 'error-info' }
  | { at: 'api'; does: 'answers-late' | 'hangs' | 'redirects' | 'resets' };

export interface Fault {
  /** Fourth octet of the magic device; of API rows also the last two digits of the magic number. */
  readonly code: number;
  /** What the simulated operator does, for people. */
  readonly shows: string;
  /** What the gateway's client meets: `error=` of the redirect or of the OAuth answer, status and code of the API. */
  readonly northbound: string;
  /** The same for GET /device-phone-number, where it differs. */
  readonly northboundShare?: string;
  readonly act: SignInAct | ApiAct;
}
export type ApiFault = Fault & { act: ApiAct };
export type SignInFault = Fault & { act: SignInAct };

export const fault = (code: number, shows: string, northbound: string, act: SignInAct | ApiAct): Fault => ({
  code,
  shows,
  northbound,
  act,
});
