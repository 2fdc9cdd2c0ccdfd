import { describe, expect, test } from '@jest/globals';
import { errors } from 'oidc-provider';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { PROBLEMS, Problem, ProblemName } from '../contract/problem.js';
import { refusalFor } from './refusal.js';
import { unavailable } from './unavailable.js';

const LEAK = 'leak +99003500001';
const onRedirect = (error: string): Error =>
  new AuthorizationResponseError(LEAK, { cause: new URLSearchParams({ error, error_description: LEAK }) });
const atToken = (error: string, status: number): Error =>
  new ResponseBodyError(LEAK, {
    cause: { error, error_description: LEAK },
    response: new Response(null, { status }),
  });
const thrown = (problem: ProblemName): Error =>
  new ClientError(LEAK, { cause: new TypeError(LEAK, { cause: new Problem(problem) }) });
const library = (code: string, cause?: unknown): Error =>
  Object.assign(new ClientError(LEAK, { cause }), { code });

describe('what an application is told', () => {
  test.each([
    ['login_required', onRedirect('login_required'), 'login_required', 'denied', false],
    ['interaction_required', onRedirect('interaction_required'), 'interaction_required', 'denied', false],
    ['consent_required', onRedirect('consent_required'), 'consent_required', 'denied', false],
    [
      'account_selection_required',
      onRedirect('account_selection_required'),
      'account_selection_required',
      'denied',
      false,
    ],
    ['access_denied', onRedirect('access_denied'), 'access_denied', 'denied', false],
    ['consent_denied', onRedirect('consent_denied'), 'access_denied', 'denied', false],
    ['invalid_scope', onRedirect('invalid_scope'), 'invalid_scope', 'operator_error', true],
    [
      'temporarily_unavailable',
      onRedirect('temporarily_unavailable'),
      'temporarily_unavailable',
      'operator_error',
      false,
    ],
    ['server_error', onRedirect('server_error'), 'server_error', 'operator_error', false],
    ['unauthorized_client', onRedirect('unauthorized_client'), 'server_error', 'operator_error', true],
    ['a code nobody knows', onRedirect('+99003500001'), 'server_error', 'operator_error', true],
    ['the same at the token endpoint', atToken('consent_required', 400), 'consent_required', 'denied', false],
    [
      'invalid_client at the token endpoint',
      atToken('invalid_client', 401),
      'server_error',
      'operator_error',
      true,
    ],
    [
      'invalid_grant at the token endpoint',
      atToken('invalid_grant', 400),
      'server_error',
      'operator_error',
      true,
    ],
    ['a 5xx with a body', atToken('server_error', 503), 'temporarily_unavailable', 'operator_error', false],
    [
      'a 5xx without one',
      library('x', new Response(null, { status: 502 })),
      'temporarily_unavailable',
      'operator_error',
      false,
    ],
    ['a timeout', thrown('operatorTimeout'), 'temporarily_unavailable', 'timeout', false],
    ["the library's own timeout", library('OAUTH_TIMEOUT'), 'temporarily_unavailable', 'timeout', false],
    ['an open circuit', thrown('circuitOpen'), 'temporarily_unavailable', 'breaker_open', false],
    ['no seat', thrown('bulkheadFull'), 'temporarily_unavailable', 'breaker_open', false],
    ['nobody there', thrown('operatorUnreachable'), 'temporarily_unavailable', 'operator_error', false],
    [
      'a redirect where a token was due',
      thrown('operatorRouteBroken'),
      'server_error',
      'operator_error',
      true,
    ],
    [
      'a forged id_token',
      library('OAUTH_JWT_CLAIM_COMPARISON_FAILED'),
      'server_error',
      'operator_error',
      true,
    ],
    [
      'a denied amr',
      new errors.AccessDenied('not_authenticated_by_mobile_network'),
      'access_denied',
      'denied',
      false,
    ],
    ['our own fault', new RangeError(LEAK), 'server_error', 'internal', true],
    ['nothing', undefined, 'server_error', 'internal', true],
  ])('%s', (_what, error, expected, outcome, alert) => {
    const refusal = refusalFor(error);
    expect(refusal).toMatchObject({ error: expected, outcome, alert });
    expect(JSON.stringify(refusal)).not.toMatch(/leak|\d{5}/);
  });
});

describe('the blame', () => {
  test.each([
    ['of what the user or the device can change', onRedirect('consent_required'), 'client'],
    ['of a device outside the mobile network', new errors.AccessDenied('operator_not_resolved'), 'client'],
    ['of an application that asks for what it may not', new errors.InvalidScope('no', 'x'), 'client'],
    ['of an operator that fails', onRedirect('server_error'), 'operator'],
    ['of an operator that says what nobody understands', onRedirect('nonsense'), 'operator'],
    ['of a 5xx of the operator', atToken('server_error', 503), 'operator'],
    ['of a forged id_token', library('OAUTH_JWT_CLAIM_COMPARISON_FAILED'), 'operator'],
    ['of our registration at the operator', onRedirect('unauthorized_client'), 'gateway'],
    ['of our credentials at the operator', atToken('invalid_client', 401), 'gateway'],
    ['of a scope that was not agreed with the operator', onRedirect('invalid_scope'), 'gateway'],
    ['of our database', unavailable(new Error('away')), 'gateway'],
    ['of our own fault', new RangeError(LEAK), 'gateway'],
  ])('%s', (_what, error, blame) => {
    expect(refusalFor(error).blame).toBe(blame);
  });

  test.each(Object.keys(PROBLEMS) as ProblemName[])('of %s is that of the problem', (name) => {
    const broken = ['operatorRouteBroken', 'operatorMisbehaved'].includes(name);
    expect(refusalFor(thrown(name)).blame).toBe(broken ? 'operator' : PROBLEMS[name].blame);
  });
});
