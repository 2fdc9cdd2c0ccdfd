import { ErrorName } from './error-bodies.js';

/** What goes wrong while a device signs in. */
export type SignInAct =
  | { at: 'authorize'; error: string }
  | { at: 'authorize'; hangs: true }
  | { at: 'redirect'; foreignIssuer: true }
  | { at: 'token'; status: number; error?: string }
  | { at: 'token'; hangs: true }
  | { at: 'token'; withoutAccessToken: true }
  | { at: 'token'; ttlSeconds: number }
  | { at: 'id_token'; amr: string[] }
  | { at: 'id_token'; foreign: 'nonce' | 'key' };

/** What an API call is answered: an error of the dialect, or something no version knows. */
export type ApiAct =
  | { at: 'api'; error: ErrorName; retryAfter?: number | 'date' }
  | { at: 'api'; status: number; contentType: string; body: string }
  | { at: 'api'; verdict: 'string' | 'missing' | 'null' | 'twice' | 'padded' | 'error-info' }
  | { at: 'api'; does: 'answers-late' | 'hangs' | 'redirects' | 'resets' };

export interface Fault {
  /** Fourth octet of the magic device; last two digits of the magic number. */
  readonly code: number;
  /** What the simulated operator does, for people. */
  readonly shows: string;
  /** What the gateway's client meets: `error=` of the redirect, or status and code of the API. */
  readonly northbound: string;
  /** The same for GET /device-phone-number, where it differs. */
  readonly northboundShare?: string;
  readonly act: SignInAct | ApiAct;
}
export type ApiFault = Fault & { act: ApiAct };
export type SignInFault = Fault & { act: SignInAct };

const NOT_MOBILE = '403 NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';
const BROKEN = '502 BAD_GATEWAY';
const AWAY = '503 UNAVAILABLE';

const fault = (code: number, shows: string, northbound: string, act: SignInAct | ApiAct): Fault => ({
  code,
  shows,
  northbound,
  act,
});
const error = (
  code: number,
  name: ErrorName,
  shows: string,
  northbound: string,
  retryAfter?: number | 'date',
): Fault => fault(code, shows, northbound, { at: 'api', error: name, retryAfter });

/** The one table of everything that can be made to go wrong; docs/sandbox.md is checked against it. */
export const FAULTS: readonly Fault[] = [
  fault(1, 'the network does not know the device (Wi-Fi)', 'access_denied', {
    at: 'authorize',
    error: 'access_denied',
  }),
  fault(2, 'no session for the device', 'login_required', { at: 'authorize', error: 'login_required' }),
  fault(3, 'consent is missing', 'consent_required', { at: 'authorize', error: 'consent_required' }),
  fault(4, 'sign-in fails inside', 'server_error', { at: 'authorize', error: 'server_error' }),
  fault(5, 'an error code no standard knows', 'access_denied', { at: 'authorize', error: 'consent_denied' }),
  fault(6, 'the sign-in page never answers', 'nothing: the device waits', { at: 'authorize', hangs: true }),
  fault(7, 'redirects with another issuer in `iss`', 'server_error', { at: 'redirect', foreignIssuer: true }),
  fault(8, 'token endpoint: 500', 'temporarily_unavailable', { at: 'token', status: 500 }),
  fault(9, 'token endpoint: never answers', 'temporarily_unavailable', { at: 'token', hangs: true }),
  fault(10, 'token endpoint: 401 invalid_client', 'server_error', {
    at: 'token',
    status: 401,
    error: 'invalid_client',
  }),
  fault(11, 'token endpoint: 200 without access token', 'server_error', {
    at: 'token',
    withoutAccessToken: true,
  }),
  fault(12, 'a token that lives 3 s', 'a code; `/token` answers invalid_grant', {
    at: 'token',
    ttlSeconds: 3,
  }),
  fault(13, 'id_token: signed in by SMS', 'access_denied', { at: 'id_token', amr: ['sms', 'otp'] }),
  fault(14, "id_token: somebody else's nonce", 'server_error', { at: 'id_token', foreign: 'nonce' }),
  fault(15, 'id_token: signed with an unknown key', 'server_error', { at: 'id_token', foreign: 'key' }),

  error(20, 'unauthenticated', '401 UNAUTHENTICATED', '401 UNAUTHENTICATED'),
  error(21, 'authenticationRequired', '401 AUTHENTICATION_REQUIRED', '401 UNAUTHENTICATED'),
  error(22, 'permissionDenied', '403 PERMISSION_DENIED', '403 PERMISSION_DENIED'),
  error(23, 'unauthenticatedForbidden', '403 UNAUTHENTICATED', '403 PERMISSION_DENIED'),
  {
    ...error(24, 'invalidArgument', '400 INVALID_ARGUMENT', '400 INVALID_ARGUMENT'),
    northboundShare: BROKEN,
  },
  error(30, 'identifierNotFound', '404 IDENTIFIER_NOT_FOUND, DEVICE_NOT_FOUND', '404 IDENTIFIER_NOT_FOUND'),
  fault(31, '404 without body', BROKEN, { at: 'api', status: 404, contentType: 'text/plain', body: '' }),
  error(32, 'notApplicable', '422 SERVICE_ or DEVICE_NOT_APPLICABLE', '422 SERVICE_NOT_APPLICABLE'),
  error(40, 'tooManyRequests', '429 without Retry-After', AWAY),
  error(41, 'tooManyRequests', '429, Retry-After as a date', AWAY, 'date'),
  error(42, 'quotaExceeded', '429 QUOTA_EXCEEDED', AWAY),
  error(50, 'badGateway', '502', BROKEN),
  error(51, 'notImplemented', '501', BROKEN),
  error(52, 'timeout', '504', '504 TIMEOUT'),
  error(53, 'unavailable', '503 without Retry-After', AWAY),
  fault(60, '200 with broken JSON', BROKEN, {
    at: 'api',
    status: 200,
    contentType: 'application/json',
    body: '{"devicePhoneNumberVerified":tr',
  }),
  fault(61, '200 with an empty body', BROKEN, {
    at: 'api',
    status: 200,
    contentType: 'application/json',
    body: '',
  }),
  fault(62, '200 with a page of HTML', BROKEN, {
    at: 'api',
    status: 200,
    contentType: 'text/html',
    body: '<html><body>Welcome</body></html>',
  }),
  fault(63, '200, the verdict a string', BROKEN, { at: 'api', verdict: 'string' }),
  fault(64, '200, the verdict null', BROKEN, { at: 'api', verdict: 'null' }),
  fault(65, '200, the verdict named twice', BROKEN, { at: 'api', verdict: 'twice' }),
  fault(66, '200 with an error object', BROKEN, { at: 'api', verdict: 'error-info' }),
  fault(67, '200 of 70 KiB', BROKEN, { at: 'api', verdict: 'padded' }),
  fault(70, '302 to another path', BROKEN, { at: 'api', does: 'redirects' }),
  fault(71, 'resets the connection', BROKEN, { at: 'api', does: 'resets' }),
  error(91, 'unavailable', '503, Retry-After: 7', AWAY, 7),
  fault(92, 'never answers', '504 TIMEOUT', { at: 'api', does: 'hangs' }),
  error(93, 'tooManyRequests', '429, Retry-After: 5', AWAY, 5),
  error(94, 'notMobileNetwork', '403 not authenticated by mobile network', NOT_MOBILE),
  error(95, 'noNumber', '403 INVALID_TOKEN_CONTEXT, since 2.0 422 MISSING_IDENTIFIER', NOT_MOBILE),
  fault(97, '200, the verdict missing', BROKEN, { at: 'api', verdict: 'missing' }),
  fault(98, 'answers rightly after 1 s', '200', { at: 'api', does: 'answers-late' }),
  error(99, 'internal', '500', BROKEN),
];
