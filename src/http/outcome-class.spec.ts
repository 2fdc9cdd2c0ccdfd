import { describe, expect, test } from '@jest/globals';
import { PROBLEMS, ProblemName } from '../contract/problem.js';
import { OutcomeClass } from '../telemetry/metrics.js';
import { outcomeClassOf, planeOf } from './outcome-class.js';

/** Every row there is, so that a new one has to be thought about here. */
const CLASSES: Readonly<Record<ProblemName, OutcomeClass>> = {
  invalidArgument: 'client_error',
  operatorRefusedArgument: 'client_error',
  tokenInvalid: 'client_error',
  operatorTokenInvalid: 'client_error',
  reauthRequired: 'client_error',
  permissionDenied: 'client_error',
  operatorPermissionDenied: 'client_error',
  reauthForbidden: 'client_error',
  notMobileNetwork: 'client_error',
  tokenWithoutNumber: 'client_error',
  notFound: 'client_error',
  identifierNotFound: 'client_error',
  methodNotAllowed: 'client_error',
  notAcceptable: 'client_error',
  requestTooSlow: 'client_error',
  payloadTooLarge: 'client_error',
  headersTooLarge: 'client_error',
  unsupportedMediaType: 'client_error',
  notApplicable: 'client_error',
  rateLimited: 'rate_limited',
  quotaExceeded: 'rate_limited',
  internal: 'gateway_error',
  operatorMisbehaved: 'operator_error',
  operatorRouteBroken: 'operator_error',
  operatorFailed: 'operator_error',
  operatorUnreachable: 'operator_error',
  operatorUnavailable: 'operator_error',
  operatorRateLimited: 'operator_error',
  operatorQuotaExceeded: 'operator_error',
  gatewayCredentials: 'gateway_error',
  circuitOpen: 'operator_error',
  bulkheadFull: 'operator_error',
  operatorDisabled: 'operator_error',
  ledgerUnavailable: 'gateway_error',
  databaseUnavailable: 'gateway_error',
  shed: 'gateway_error',
  recordedLate: 'gateway_error',
  operatorTimeout: 'operator_error',
};

describe('the class of an answer', () => {
  test.each(Object.entries(CLASSES))('%s is %s', (name, outcomeClass) => {
    const { status, blame } = PROBLEMS[name as ProblemName];
    expect(outcomeClassOf(status, blame)).toBe(outcomeClass);
  });

  test.each([
    [200, undefined, 'success'],
    [302, undefined, 'success'],
    [302, 'client', 'client_error'],
    [302, 'operator', 'operator_error'],
    [302, 'gateway', 'gateway_error'],
    [400, undefined, 'client_error'],
    [400, 'operator', 'operator_error'],
    [500, undefined, 'gateway_error'],
    [503, 'operator', 'operator_error'],
  ] as const)('%i with blame %s is %s', (status, blame, outcomeClass) => {
    expect(outcomeClassOf(status, blame)).toBe(outcomeClass);
  });
});

test.each([
  ['/token', 'auth'],
  ['/authorize', 'auth'],
  ['/bc-authorize', 'auth'],
  ['/upstream/:operatorId/:registrationId/callback', 'auth'],
  ['/number-verification/v2/verify', 'data'],
  ['/admin/v1/tenants', 'admin'],
  ['/docs', 'other'],
])('%s belongs to the plane %s', (route, plane) => {
  expect(planeOf(route)).toBe(plane);
});
