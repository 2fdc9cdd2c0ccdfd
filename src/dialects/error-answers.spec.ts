import { describe, expect, it } from '@jest/globals';
import { Problem, ProblemName } from '../contract/problem.js';
import { Target, UpstreamAnswer } from './dialect.js';
import { DIALECTS, dialectNamed } from './dialects.js';

const TARGET: Target = {
  basePath: '',
  capabilities: { verifyPlain: true, verifyHashed: true, share: true, hashOf: 'e164', stripPlus: false },
};
const ALL = DIALECTS.map(({ name }) => name);
const PREFIXED = ['camara-0.3', 'camara-0.4', 'camara-1.0', 'camara-2.1', 'vonage-v031'];
const REAUTH = ['camara-1.0', 'camara-2.0'];
const COM_04 = ['camara-1.0'];
const except = (names: string[]) => ALL.filter((name) => !names.includes(name));
const NOT_MOBILE = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';

/** HTTP status, code in the body, what verify and share make of it, in which dialects. */
type Row = [
  status: number,
  code: string | undefined,
  verify: ProblemName,
  share: ProblemName,
  dialects: string[],
];
const same = (status: number, code: string | undefined, name: ProblemName, dialects = ALL): Row => [
  status,
  code,
  name,
  name,
  dialects,
];

const ROWS: Row[] = [
  ...['INVALID_ARGUMENT', 'OUT_OF_RANGE', 'ANYTHING', undefined].map((code): Row => [
    400,
    code,
    'operatorRefusedArgument',
    'operatorMisbehaved',
    ALL,
  ]),
  same(401, 'UNAUTHENTICATED', 'operatorTokenInvalid'),
  same(401, 'AUTHENTICATION_REQUIRED', 'reauthRequired', REAUTH),
  same(401, 'AUTHENTICATION_REQUIRED', 'operatorTokenInvalid', except(REAUTH)),
  same(401, 'ANYTHING', 'operatorTokenInvalid'),
  same(401, undefined, 'operatorTokenInvalid'),
  same(401, 'PERMISSION_DENIED', 'reauthRequired'),
  same(401, NOT_MOBILE, 'reauthRequired'),
  same(401, 'invalid_client', 'gatewayCredentials'),
  same(403, 'invalid_client', 'gatewayCredentials'),
  same(403, 'PERMISSION_DENIED', 'operatorPermissionDenied'),
  same(403, 'ANYTHING', 'operatorPermissionDenied'),
  same(403, undefined, 'operatorPermissionDenied'),
  same(403, 'INVALID_TOKEN', 'operatorPermissionDenied'),
  same(403, 'insufficient_scope', 'operatorPermissionDenied'),
  same(403, 'UNAUTHENTICATED', 'operatorPermissionDenied'),
  same(403, 'AUTHENTICATION_REQUIRED', 'reauthForbidden', REAUTH),
  same(403, NOT_MOBILE, 'notMobileNetwork'),
  same(403, 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_IP', 'notMobileNetwork', ['camara-0.3']),
  same(403, 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_SUPPORTED_METHOD', 'notMobileNetwork', [
    'camara-2.1',
  ]),
  same(403, 'NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT', 'tokenWithoutNumber', PREFIXED),
  same(403, 'INVALID_TOKEN_CONTEXT', 'tokenWithoutNumber', COM_04),
  same(403, 'INVALID_TOKEN_CONTEXT', 'operatorPermissionDenied', except(COM_04)),
  same(422, 'MISSING_IDENTIFIER', 'tokenWithoutNumber'),
  same(422, 'UNIDENTIFIABLE_DEVICE', 'tokenWithoutNumber', COM_04),
  same(422, 'SERVICE_NOT_APPLICABLE', 'notApplicable'),
  same(422, 'UNSUPPORTED_IDENTIFIER', 'notApplicable'),
  same(422, 'DEVICE_NOT_APPLICABLE', 'notApplicable', COM_04),
  same(422, 'UNNECESSARY_IDENTIFIER', 'operatorMisbehaved'),
  same(422, 'IDENTIFIER_MISMATCH', 'operatorMisbehaved'),
  same(422, 'DEVICE_IDENTIFIERS_MISMATCH', 'operatorMisbehaved'),
  same(404, 'IDENTIFIER_NOT_FOUND', 'identifierNotFound'),
  same(404, 'DEVICE_NOT_FOUND', 'identifierNotFound', COM_04),
  same(404, 'NOT_FOUND', 'operatorRouteBroken'),
  same(404, undefined, 'operatorRouteBroken'),
  ...[405, 415, 300, 301, 302, 303, 304, 307, 308].map((status) =>
    same(status, undefined, 'operatorRouteBroken'),
  ),
  ...[406, 409, 410, 411, 412, 413, 414, 418, 421, 422, 431, 451, 100, 103, 201, 202, 204, 206].map(
    (status) => same(status, undefined, 'operatorMisbehaved'),
  ),
  same(408, undefined, 'operatorTimeout'),
  same(402, undefined, 'operatorQuotaExceeded'),
  same(429, 'QUOTA_EXCEEDED', 'operatorQuotaExceeded'),
  ...['TOO_MANY_REQUESTS', 'ANYTHING', undefined].map((code) => same(429, code, 'operatorRateLimited')),
  same(500, 'INTERNAL', 'operatorFailed'),
  same(501, 'NOT_IMPLEMENTED', 'operatorFailed'),
  same(502, 'BAD_GATEWAY', 'operatorFailed'),
  same(502, 'INTERNAL', 'operatorFailed'),
  same(599, undefined, 'operatorFailed'),
  same(503, 'UNAVAILABLE', 'operatorUnavailable'),
  same(504, 'TIMEOUT', 'operatorTimeout'),
];

function raised(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('an answer instead of a Problem');
}

/** One answer in the spellings the field knows: a wrong `status`, a textual one, OAuth's envelope, no body. */
function answers(status: number, code: string | undefined): UpstreamAnswer[] {
  const headers = { 'content-type': 'application/json' };
  const bodies = code
    ? [
        { status, code, message: 'x' },
        { status: 200, code, message: 'x' },
        { status: `${status}`, code },
        { error: code },
      ].map((body) => JSON.stringify(body))
    : ['', '{', '<html>', 'null', '[]', '"x"', '{"code":7}', '{"message":"x"}', '{"code":"A","code":"B"}'];
  const verdict = JSON.stringify({ devicePhoneNumberVerified: false, devicePhoneNumber: '+99003100001' });
  return [...bodies, ...(code ? [] : [verdict])].map((body) => ({ status, headers, body }));
}

describe.each(ROWS)('%d %s', (status, code, verify, share, dialects) => {
  it.each(dialects)(`is ${verify} on verify and ${share} on share in %s`, (name) => {
    const dialect = dialectNamed(name)!;
    for (const answer of answers(status, code)) {
      expect(raised(() => dialect.decodeVerify(answer, TARGET)).problem).toBe(verify);
      if (dialect.capabilities.share) {
        expect(raised(() => dialect.decodeShare(answer, TARGET)).problem).toBe(share);
      }
    }
  });
});

describe.each(DIALECTS)('$name', (dialect) => {
  it.each([
    [402, 9],
    [429, 9],
    [503, 9],
    [500, undefined],
    [401, undefined],
  ])('hands on Retry-After of %d as %j', (status, seconds) => {
    const answer = { status, headers: { 'retry-after': '9' }, body: '' };
    expect(raised(() => dialect.decodeVerify(answer, TARGET)).retryAfterSeconds).toBe(seconds);
  });

  it('leaves the backoff to the gateway when a 429 names none', () => {
    const answer = { status: 429, headers: {}, body: '' };
    expect(raised(() => dialect.decodeVerify(answer, TARGET)).retryAfterSeconds).toBeUndefined();
  });

  it("never repeats the operator's text, which may hold a number", () => {
    const body = JSON.stringify({ status: 403, code: '+99003100001', message: '+99003100001' });
    const problem = raised(() => dialect.decodeVerify({ status: 403, headers: {}, body }, TARGET));
    expect(JSON.stringify([problem.errorInfo, problem.detail, problem.message])).not.toContain('99003100001');
  });
});
