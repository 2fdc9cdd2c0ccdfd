import { describe, expect, test } from '@jest/globals';
import { simulated } from '../../test/support/simulated-operators.js';
import { requireMobileAuthentication } from './amr.js';

const refusal = (amr: string[], auth: object = {}): string | undefined => {
  try {
    requireMobileAuthentication(amr, simulated('camara-2.1', { auth: { amr: 'required', ...auth } }).auth);
    return undefined;
  } catch (error) {
    return (error as { error_description?: string }).error_description;
  }
};
const DENIED = 'not_authenticated_by_mobile_network';

describe('an authentication', () => {
  test.each(['sms', 'otp', 'pwd', 'pin', 'kba', 'SMS', 'Otp'])('by %s is refused by default', (method) => {
    expect(refusal([method])).toBe(DENIED);
    expect(refusal(['nba', method])).toBe(DENIED);
  });

  test.each(['nba', 'mnba', 'nbma', 'sim'])('by %s, which no standard names, passes', (method) => {
    expect(refusal([method])).toBeUndefined();
  });

  test('of an operator with a list is refused for anything that is not on it', () => {
    expect(refusal(['nba'], { amrAllowed: ['nba'] })).toBeUndefined();
    expect(refusal(['nba', 'face'], { amrAllowed: ['nba'] })).toBe(DENIED);
    expect(refusal(['face'], { amrDenied: ['face'] })).toBe(DENIED);
  });

  test('that is not stated passes only where the operator is known to state none', () => {
    expect(refusal([])).toBe('authentication_method_unknown');
    expect(refusal([], { amr: 'unavailable', amrAllowed: ['nba'] })).toBeUndefined();
  });
});
