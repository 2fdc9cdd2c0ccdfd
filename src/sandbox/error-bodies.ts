import { Era } from './habits.js';

/** An operator's refusal as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type PerEra<T = string> = T | Partial<Record<Era, T>>;
interface ErrorRow {
  status: PerEra<number>;
  /** An era without code has no such answer. */
  code: PerEra;
  message: PerEra;
}

const row = (status: PerEra<number>, code: PerEra, message: PerEra): ErrorRow => ({ status, code, message });
/** Texts got their final dot in 1.0, that of 400 only in 2.1.1. */
const dotted = (text: string): PerEra => ({
  vonage: text,
  '0.x': text,
  '1.0': `${text}.`,
  '2.0': `${text}.`,
  '2.1': `${text}.`,
});

const NO_CREDENTIALS = 'Request not authenticated due to missing, invalid, or expired credentials';
const NO_ARGUMENT = 'Client specified an invalid argument, request body or query param';
const NO_NUMBER = 'NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT';

/** Every refusal by name, with its codes and texts of each version (NV 0.3.1 to 2.1.1, Vonage 0.3.1). */
const ERRORS = {
  invalidArgument: row(400, 'INVALID_ARGUMENT', {
    vonage: NO_ARGUMENT,
    '0.x': NO_ARGUMENT,
    '1.0': NO_ARGUMENT,
    '2.0': NO_ARGUMENT,
    '2.1': `${NO_ARGUMENT}.`,
  }),
  unauthenticated: row(401, 'UNAUTHENTICATED', {
    ...(dotted(NO_CREDENTIALS) as Record<Era, string>),
    '2.1': `${NO_CREDENTIALS}. A new authentication is required.`,
  }),
  authenticationRequired: row(
    401,
    { '1.0': 'AUTHENTICATION_REQUIRED', '2.0': 'AUTHENTICATION_REQUIRED' },
    'New authentication is required.',
  ),
  permissionDenied: row(
    403,
    'PERMISSION_DENIED',
    dotted('Client does not have sufficient permissions to perform this action'),
  ),
  /** Operators certified with the tests of r1.2. */
  unauthenticatedForbidden: row(403, { '1.0': 'UNAUTHENTICATED' }, `${NO_CREDENTIALS}.`),
  notMobileNetwork: row(
    403,
    'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK',
    'Client must authenticate via the mobile network to use this service',
  ),
  /** NV 1.1 took the 403 out; what is left is the 422 of Commonalities. */
  noNumber: row(
    { vonage: 403, '0.x': 403, '1.0': 403, '2.0': 422, '2.1': 422 },
    {
      vonage: NO_NUMBER,
      '0.x': NO_NUMBER,
      '1.0': 'INVALID_TOKEN_CONTEXT',
      '2.0': 'MISSING_IDENTIFIER',
      '2.1': 'MISSING_IDENTIFIER',
    },
    'Phone number cannot be deducted from access token context',
  ),
  identifierNotFound: row(
    404,
    { '1.0': 'DEVICE_NOT_FOUND', '2.0': 'IDENTIFIER_NOT_FOUND', '2.1': 'IDENTIFIER_NOT_FOUND' },
    'Device identifier not found.',
  ),
  unsupportedMediaType: row(415, 'UNSUPPORTED_MEDIA_TYPE', 'The server refuses the payload format.'),
  notApplicable: row(
    422,
    { '1.0': 'DEVICE_NOT_APPLICABLE', '2.0': 'SERVICE_NOT_APPLICABLE', '2.1': 'SERVICE_NOT_APPLICABLE' },
    'The service is not available for the provided identifier.',
  ),
  tooManyRequests: row(429, 'TOO_MANY_REQUESTS', 'Rate limit reached.'),
  quotaExceeded: row(429, 'QUOTA_EXCEEDED', 'Out of resource quota.'),
  internal: row(500, 'INTERNAL', 'Server error'),
  notImplemented: row(501, 'NOT_IMPLEMENTED', 'This functionality is not implemented yet.'),
  badGateway: row(
    502,
    {
      vonage: 'INTERNAL',
      '0.x': 'BAD_GATEWAY',
      '1.0': 'BAD_GATEWAY',
      '2.0': 'BAD_GATEWAY',
      '2.1': 'BAD_GATEWAY',
    },
    'Bad Gateway',
  ),
  unavailable: row(503, 'UNAVAILABLE', 'Service unavailable'),
  timeout: row(504, 'TIMEOUT', 'Request timeout exceeded. Try later.'),
} satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof ERRORS;

/** What Vonage documents in CAMARA's shape; the rest comes from the platform before it, in its own. */
const VONAGE_CAMARA: ReadonlySet<number> = new Set([400, 401, 403, 502]);

const PROBLEM_TYPE = 'https://developer.nexmo.com/api-errors#';

/** Errors of Vonage's platform and token endpoint: RFC 9457 with Vonage's type URLs. */
export function vonageProblem(status: number, slug: string, title: string, detail: string): ErrorAnswer {
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: `${PROBLEM_TYPE}${slug}`, title, detail, instance: 'sandbox' }),
  };
}

const pick = <T>(value: PerEra<T>, era: Era): T | undefined =>
  typeof value === 'object' ? (value as Partial<Record<Era, T>>)[era] : value;

/** @returns whether the version has this answer at all */
export function definesError(era: Era, name: ErrorName): boolean {
  return pick(ERRORS[name].code, era) !== undefined;
}

/** @returns the refusal in the words of one version; `internal` where the version does not have it */
export function errorAnswer(era: Era, name: ErrorName, contentType = 'application/json'): ErrorAnswer {
  const error: ErrorRow = ERRORS[definesError(era, name) ? name : 'internal'];
  const status = pick(error.status, era)!;
  const code = pick(error.code, era)!;
  const message = pick(error.message, era)!;
  if (era === 'vonage' && !VONAGE_CAMARA.has(status)) {
    return vonageProblem(status, code.toLowerCase().replaceAll('_', '-'), message, 'Simulated');
  }
  return { status, contentType, body: JSON.stringify({ status, code, message }) };
}
