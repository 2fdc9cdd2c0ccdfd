import { Covered, Unproven } from './covered-by.js';

const SIGN_IN_ERRORS = 'test/sign-in-errors.spec.ts';
const TOKEN_ENDPOINT = 'test/token-endpoint.spec.ts';

/** Attacks on sign-ins, on the admin API and on what is switched off: proven by tests of `npm test`. */
export const ATTACKS_COVERED: readonly Covered[] = [
  {
    id: 'C19',
    title: 'another issuer, audience, kind of token',
    by: [
      ['src/grants/grants.spec.ts', "['another issuer', { iss: 'https://other.example' }]"],
      ['src/grants/grants.spec.ts', "['another audience', { aud: ISSUER }]"],
      [TOKEN_ENDPOINT, "['names one audience in a list'"],
      [
        'test/admin-tokens.spec.ts',
        "its token opens nothing but the admin API, and an application's nothing of it",
      ],
    ],
  },
  {
    id: 'C23',
    title: 'scopes and purposes that were not agreed',
    by: [
      [SIGN_IN_ERRORS, "['no purpose', { scope: `openid ${VERIFY_SCOPE}` }, 'invalid_scope']"],
      ['src/broker/scopes.spec.ts', "['two purposes'"],
    ],
  },
  {
    id: 'C27',
    title: 'a code or auth_req_id of another client',
    by: [
      ['test/code-replay.spec.ts', 'nor one whose code somebody else tries without its verifier'],
      [
        'test/ciba-errors.spec.ts',
        'a request that has ended is expired_token, and of another client invalid_grant',
      ],
    ],
  },
  {
    id: 'C28',
    title: 'bearer assertions that live too long, name others, lack a jti',
    by: [
      ['test/mutants.spec.ts', 'of 2,500 mutated bearer assertions none reaches the operator'],
      [
        'test/races-of-assertions.spec.ts',
        'one jti of bearer assertions asks the operator once, whatever else they say',
      ],
    ],
  },
  {
    id: 'C29',
    title: 'TS.43 tokens that are huge, unknown, used before',
    by: [
      ['test/jwt-bearer-requests.spec.ts', 'a second assertion is invalid_request, one of 64 KiB is 413'],
      ['test/ciba-errors.spec.ts', 'a TS.43 token that was used before is unknown_user_id'],
    ],
  },
  {
    id: 'C30',
    title: 'PKCE without, with another, with a plain verifier',
    by: [
      [TOKEN_ENDPOINT, "['another verifier', { code_verifier: 'x'.repeat(43) }]"],
      [TOKEN_ENDPOINT, "['no verifier', { code_verifier: undefined }]"],
    ],
  },
  {
    id: 'C31',
    title: 'two thousand redirect URIs that are not registered',
    by: [['test/mutants-redirect-uris.spec.ts', 'none is redirected to, not even with an error']],
  },
  {
    id: 'C32',
    title: 'redirects by way of errors',
    by: [
      ['test/mutants-redirect-uris.spec.ts', 'none is redirected to, not even with an error'],
      [
        SIGN_IN_ERRORS,
        "['a redirect_uri not registered', { redirect_uri: 'https://evil.example/callback' }]",
      ],
    ],
  },
  {
    id: 'C33',
    title: "one operator's code at the callback of another",
    by: [[SIGN_IN_ERRORS, "for one operator's answer at the callback of another: the state is burnt"]],
  },
  {
    id: 'C34',
    title: 'a state that is torn, used, unknown',
    by: [
      [SIGN_IN_ERRORS, 'for a state that was used: the second callback of a hundred gets nothing'],
      [SIGN_IN_ERRORS, "['an unknown state', '?code=x&state=unknown']"],
    ],
  },
  {
    id: 'C36',
    title: 'request objects that differ, are replayed or torn',
    by: [
      ['test/signed-requests.spec.ts', '%s of which differs'],
      ['test/races-of-assertions.spec.ts', 'one request object opens exactly one sign-in'],
      ['test/mutants.spec.ts', 'of 1,500 mutated request objects none sends a device to the operator'],
    ],
  },
  {
    id: 'C37',
    title: 'CIBA polled too fast, by another, with what is not signed',
    by: [
      ['test/ciba.spec.ts', 'polled for too soon is slow_down, for all later polls five seconds more'],
      ['test/ciba-errors.spec.ts', 'with a parameter given twice'],
      ['test/mutants.spec.ts', 'none begins a backchannel authentication'],
    ],
  },
  {
    id: 'C39',
    title: "another tenant's things, another role's operations",
    by: [
      ['test/admin-permissions.spec.ts', 'is refused to %s exactly when the table says so'],
      ['test/admin-permissions.spec.ts', 'every route of the admin API is one of these operations'],
      ['test/admin-fuzz.spec.ts', 'whatever is sent, the answer is no 5xx'],
    ],
  },
  {
    id: 'C40',
    title: 'pages of a thousand million, filters that inject',
    by: [
      ['test/admin-usage.spec.ts', "['usage/records?perPage=1000000000', 'query.perPage']"],
      ['test/admin-usage.spec.ts', "['usage?tenant=1%20OR%201=1', 'query.tenant.0']"],
    ],
  },
  {
    id: 'C41',
    title: 'secrets that are guessed',
    by: [
      [
        'test/client-secrets.spec.ts',
        'whoever guesses is told to wait; the client itself, from elsewhere, is not',
      ],
      [
        'src/broker/guesses.spec.ts',
        'fifty failures from one address lock it, whichever clients were guessed at',
      ],
    ],
  },
  {
    id: 'C42',
    title: 'one token asked about many numbers',
    by: [['test/races.spec.ts', 'one access token serves exactly one call, of which one row is kept']],
  },
  {
    id: 'C45',
    title: 'key sets that lead inside, are slow, huge, redirect',
    by: [
      ['src/broker/jwks-door.spec.ts', 'a name that means this machine is never connected to'],
      ['src/broker/jwks-door.spec.ts', 'a redirect is not followed'],
      ['src/broker/jwks-door.spec.ts', 'a body of more than 64 KiB is not read to its end'],
      ['src/broker/jwks-door.spec.ts', 'a body that drips is given up after 2.5 s'],
    ],
  },
  {
    id: 'C46',
    title: 'DPoP, which is not offered',
    by: [[TOKEN_ENDPOINT, 'with a DPoP header is answered with a Bearer token']],
  },
  {
    id: 'C47',
    title: 'formulas and line breaks in names',
    by: [['test/admin-usage.spec.ts', 'as CSV has one header, lines as RFC 4180 wants them, and no formula']],
  },
];

export const ATTACKS_UNPROVEN: readonly Unproven[] = [];
