import { ATTACK_BODIES } from './attack-bodies.js';
import { AttackCase, bad, bytesOf, INVALID, Parts, sent, SHARE, UNKNOWN } from './attack-case.js';

const SHORT = { short: true };

const correlator = (value: string): Parts => ({ headers: [`x-correlator: ${value}`] });
const authorized = (authorization: string): Parts => ({ authorization });

/** Requests that must end in a 4xx, whole or in pieces, with the token as good as before. */
export const ATTACK_CASES: readonly AttackCase[] = [
  ...ATTACK_BODIES,
  bad(
    'C04',
    'headers without end',
    [
      sent({ headers: [`x-long: ${'x'.repeat(9_000)}`] }),
      sent({ headers: Array.from({ length: 150 }, (_, at) => `x-${at}: y`) }),
      sent({ path: `${SHARE}?${'x'.repeat(9_000)}`, method: 'GET', body: '' }),
    ],
    { expect: ['431 INVALID_ARGUMENT'], ...SHORT },
  ),
  bad(
    'C14',
    'other methods',
    ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) =>
      sent({ method, body: '', type: '' }),
    ),
    {
      expect: ['405 METHOD_NOT_ALLOWED'],
    },
  ),
  bad(
    'C14',
    'other formats',
    ['text/plain', 'application/xml', 'application/json; charset=utf-16', 'nonsense'].map((type) =>
      sent({ type }),
    ),
    { expect: ['415 UNSUPPORTED_MEDIA_TYPE'] },
  ),
  bad(
    'C14',
    'answers in another format',
    ['text/html', 'application/xml', 'application/json;q=0'].map((type) =>
      sent({ headers: [`accept: ${type}`] }),
    ),
    {
      expect: ['406 NOT_ACCEPTABLE'],
    },
  ),
  bad(
    'C15',
    'correlators that are none',
    [
      ...['a b', 'x'.repeat(257), 'a,b', '"', '${jndi:ldap://x}', 'canary\t1', "a';--", 'é'].map((value) =>
        sent(correlator(value)),
      ),
      sent({ headers: ['x-correlator: one', 'x-correlator: two'] }),
    ],
    SHORT,
  ),
  bad(
    'C17',
    'authorization that is none',
    [
      ...['', 'authorization:', 'authorization: Bearer', 'authorization: Basic dXNlcjpwYXNz'].map((line) =>
        sent(authorized(line)),
      ),
      sent(({ token }) => authorized(`authorization: Bearer ${token}\r\nauthorization: Bearer ${token}`)),
      sent(({ token }) => authorized(`authorization: Bearer ${token}\r\nauthorization: Bearer other`)),
      sent(({ token }) => authorized(`authorization: Bearer ${token}, Bearer ${token}`)),
      sent(({ token }) => authorized(`authorization: Token ${token}`)),
      sent(({ token }) => authorized(`authorization: Bearer ${token}.x`)),
    ],
    { expect: [UNKNOWN], ...SHORT },
  ),
  bad(
    'C17',
    'the token elsewhere',
    [
      (good) =>
        bytesOf(
          { ...good, token: 'x' },
          { path: `/number-verification/v2/verify?access_token=${good.token}` },
        ),
      (good) =>
        bytesOf(
          { ...good, token: 'x' },
          { headers: [`x-authorization: Bearer ${good.token}`, `cookie: token=${good.token}`] },
        ),
    ],
    { expect: [UNKNOWN, '431 INVALID_ARGUMENT'] },
  ),
  bad('C22', 'a token for verify at share', [sent({ method: 'GET', path: SHARE, body: '', type: '' })], {
    expect: ['403 PERMISSION_DENIED'],
    ...SHORT,
  }),
  bad(
    'paths',
    'paths that nearly are ours',
    [
      '/number-verification/v2/verify/',
      '/number-verification//v2/verify',
      '/number-verification/v2/../v2/verify',
      '/NUMBER-VERIFICATION/v2/verify',
      '/number-verification/v2/verify%00',
      '/number-verification/v2/verify;x=1',
      '/number-verification/v2%2fverify',
      '//number-verification/v2/verify',
      '/..%2f..%2fetc/passwd',
      '/admin/v1/..;/number-verification/v2/verify',
    ].map((path) => sent({ path })),
    { expect: ['404 NOT_FOUND', INVALID], ...SHORT },
  ),
];
