import { errors } from 'oidc-provider';
import { ResponseBodyError } from 'openid-client';
import { Refusal, refusalFor } from './refusal.js';

/** What only the user or the operator could change: CIBA knows one code for it, with a status of its own. */
const DENIED = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);
/** What operators say of a hint that leads to nobody (CIBA Core 13). */
const NOBODY = new Set(['unknown_user_id', 'expired_login_hint_token']);
const STATUS: Readonly<Record<string, number>> = {
  access_denied: 403,
  temporarily_unavailable: 503,
  server_error: 500,
};

/** The answer of the backchannel authentication endpoint (ICM r4.2, appendix A), and what to note of it. */
export function cibaRefusal(error: unknown): { answer: Error; noted: Refusal } {
  const refusal = refusalFor(error);
  if (error instanceof ResponseBodyError && NOBODY.has(error.error)) {
    const noted: Refusal = {
      ...refusal,
      outcome: 'denied',
      blame: 'client',
      reason: error.error,
      alert: false,
    };
    return { answer: new errors.UnknownUserId('the operator does not know the user'), noted };
  }
  if (error instanceof errors.OIDCProviderError && !DENIED.has(error.error)) {
    return {
      answer: error,
      noted: { ...refusal, outcome: error.statusCode < 500 ? 'client_error' : 'internal' },
    };
  }
  const code = DENIED.has(refusal.error) ? 'access_denied' : refusal.error;
  const status = STATUS[code] ?? 400;
  const answer = new errors.CustomOIDCProviderError(code, refusal.description);
  return { answer: Object.assign(answer, { status, statusCode: status }), noted: refusal };
}
