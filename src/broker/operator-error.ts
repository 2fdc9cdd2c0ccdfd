/** Errors that an operator may mean, whatever it writes them into (RFC 6749 §5.2; CIBA Core 11 and 13). */
const CODES: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'access_denied',
  'consent_required',
  'login_required',
  'interaction_required',
  'unknown_user_id',
  'authorization_pending',
  'slow_down',
  'expired_token',
]);
/** Members that vendors put the code into: `error` itself, problem+json (RFC 9457), `{code, message}`. */
const MEMBERS = ['error', 'code', 'error_code', 'message', 'detail', 'title'];
/** Where no code can be read. */
const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  404: 'unknown_user_id',
};
const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';

/**
 * Some operators answer errors of their OAuth endpoints as problem+json or in a form of their own, and then even
 * "not yet" reads as a broken answer. This puts the code, and nothing else of it, into the standard's form. The
 * statuses count for CIBA alone: at other grants a 403 says nothing of the user.
 * @param asked the form of the request
 */
export async function oauthShaped(response: Response, asked: unknown): Promise<Response> {
  if (response.status < 400 || response.status > 499) return response;
  const text = await response.text();
  const answer = objectIn(text);
  if (typeof answer['error'] === 'string') return new Response(text, response);
  const named = MEMBERS.map((name) => answer[name]).find(isCode);
  const error = named ?? (isCiba(asked) ? BY_STATUS[response.status] : undefined);
  if (error === undefined) return new Response(text, response);
  return Response.json({ error }, { status: response.status });
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && CODES.has(value);
}

function isCiba(asked: unknown): boolean {
  if (!(asked instanceof URLSearchParams)) return false;
  const grant = asked.get('grant_type');
  return grant === null || grant === CIBA_GRANT;
}
