import { fault, Fault } from './fault.js';

const TAMED = 'a token';

/** What a sign-in can be made to meet, by device only. */
export const SIGN_IN_FAULTS: readonly Fault[] = [
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
    spoils: { access_token: undefined },
  }),
  fault(12, 'a token that lives 3 s', 'a code; `/token` answers invalid_grant', {
    at: 'token',
    ttlSeconds: 3,
  }),
  fault(13, 'id_token: signed in by SMS', 'access_denied', { at: 'id_token', amr: ['sms', 'otp'] }),
  fault(14, "id_token: somebody else's nonce", 'server_error', { at: 'id_token', foreign: 'nonce' }),
  fault(15, 'id_token: signed with an unknown key', 'server_error', { at: 'id_token', foreign: 'key' }),

  fault(101, 'bc-authorize: does not know the user', 'unknown_user_id', {
    at: 'bc-authorize',
    error: 'unknown_user_id',
  }),
  fault(102, 'bc-authorize: access denied', 'access_denied', { at: 'bc-authorize', error: 'access_denied' }),
  fault(103, 'bc-authorize: consent is missing', 'consent_required', {
    at: 'bc-authorize',
    error: 'consent_required',
  }),
  fault(104, 'bc-authorize: 500', 'temporarily_unavailable', { at: 'bc-authorize', error: 'server_error' }),
  fault(105, 'bc-authorize: never answers', 'temporarily_unavailable', { at: 'bc-authorize', hangs: true }),
  fault(106, 'interval is missing (5 s), pending once', TAMED, { at: 'bc-authorize', interval: undefined }),
  fault(107, 'interval is 0, pending once', TAMED, { at: 'bc-authorize', interval: 0 }),
  fault(108, 'interval is 1000000000, pending once', TAMED, { at: 'bc-authorize', interval: 1e9 }),
  fault(109, 'authorization_pending three times', TAMED, {
    at: 'poll',
    first: 'authorization_pending',
    times: 3,
  }),
  fault(110, 'authorization_pending for ever', 'expired_token', {
    at: 'poll',
    first: 'authorization_pending',
    times: Infinity,
  }),
  fault(111, 'slow_down once', TAMED, { at: 'poll', first: 'slow_down', times: 1 }),
  fault(112, 'poll: expired_token', 'expired_token', { at: 'poll', refused: 'expired_token' }),
  fault(113, 'poll: access_denied', 'access_denied', { at: 'poll', refused: 'access_denied' }),
  fault(114, 'poll: consent_required', 'access_denied', { at: 'poll', refused: 'consent_required' }),

  fault(121, 'token answer: expires_in is "300"', TAMED, { at: 'token', spoils: { expires_in: '300' } }),
  fault(122, 'token answer: expires_in is -1', TAMED, { at: 'token', spoils: { expires_in: -1 } }),
  fault(123, 'token answer: expires_in is 1e12', TAMED, { at: 'token', spoils: { expires_in: 1e12 } }),
  fault(124, 'token answer: no expires_in', TAMED, { at: 'token', spoils: { expires_in: undefined } }),
  fault(125, 'token answer: no token_type', 'server_error', {
    at: 'token',
    spoils: { token_type: undefined },
  }),
  fault(126, 'token answer: with a refresh_token', TAMED, {
    at: 'token',
    spoils: { refresh_token: 'sandbox-refresh' },
  }),
  fault(127, 'token answer: a wider scope', TAMED, {
    at: 'token',
    spoils: {
      scope:
        'openid dpv:FraudPreventionAndDetection number-verification:verify ' +
        'number-verification:device-phone-number:read sim-swap:check',
    },
  }),
];
