import { errors } from 'oidc-provider';
import { Refusal, refusalFor } from './refusal.js';

/** A refusal as the token endpoint words it. */
export interface TokenRefusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly refusal: Refusal;
}

/** What ends a sign-in at the operator; at a token endpoint all of it means that this grant opens nothing. */
const GRANT_REFUSED = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);
const STATUS: Readonly<Record<string, number>> = { temporarily_unavailable: 503, server_error: 500 };

/**
 * RFC 6749 §5.2, ICM r4.2 appendix A: no consent and a spent TS.43 token are both invalid_grant.
 * @param error of ours, of the operator's answer, or of the way to it
 */
export function tokenRefusal(error: unknown): TokenRefusal {
  const refusal = refusalFor(error);
  // What the device's own token was refused for is no fault of our registration.
  const spent = refusal.error === 'server_error' && refusal.reason === 'invalid_grant';
  if (spent) {
    const noted: Refusal = { ...refusal, outcome: 'denied', blame: 'client', alert: false };
    return refused('the operator refused the grant', noted);
  }
  if (GRANT_REFUSED.has(refusal.error)) return refused(refusal.description, refusal);
  if (error instanceof errors.OIDCProviderError) {
    const status = error.statusCode;
    const noted: Refusal = { ...refusal, outcome: status < 500 ? 'client_error' : 'internal' };
    return { status, error: refusal.error, description: refusal.description, refusal: noted };
  }
  const status = STATUS[refusal.error] ?? 400;
  return { status, error: refusal.error, description: refusal.description, refusal };
}

function refused(description: string, refusal: Refusal): TokenRefusal {
  return { status: 400, error: 'invalid_grant', description, refusal };
}
