import { ErrorName } from './error-bodies.js';
import { fault, Fault } from './fault.js';

const NOT_MOBILE = '403 NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';
const BROKEN = '502 BAD_GATEWAY';
const AWAY = '503 UNAVAILABLE';

const error = (
  code: number,
  name: ErrorName,
  shows: string,
  northbound: string,
  retryAfter?: number | 'date',
): Fault => fault(code, shows, northbound, { at: 'api', error: name, retryAfter });

/** What an API call can be made to meet, by device or by number. */
export const API_FAULTS: readonly Fault[] = [
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
