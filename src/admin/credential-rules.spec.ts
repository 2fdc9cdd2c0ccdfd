import { describe, expect, test } from '@jest/globals';
import type { AppConfig } from '../config/config.js';
import type { SecretMode } from '../tenants/client-secret.js';
import { requireMode } from './credential-rules.js';
import type { Reach } from './permissions.js';
import { AdminRefusal } from './refusal.js';

/** What comes of asking for a secret: its mode, or why there is none. */
function asked(mode: SecretMode, reach: Reach, allowed: AppConfig['clientSecrets']): string {
  try {
    requireMode(mode, reach, allowed);
    return mode;
  } catch (error) {
    return (error as AdminRefusal).refusal;
  }
}

describe('client secrets', () => {
  test.each([
    ['off', 'test', 'all', 'incompatibleState'],
    ['off', 'live', 'own', 'incompatibleState'],
    ['test', 'test', 'own', 'test'],
    ['test', 'live', 'all', 'incompatibleState'],
    ['on', 'test', 'own-test', 'test'],
    ['on', 'live', 'own', 'live'],
    ['on', 'live', 'own-test', 'permissionDenied'],
    ['off', 'live', 'own-test', 'permissionDenied'],
  ] as const)('switched %s: a %s secret for one who reaches %s gives %s', (allowed, mode, reach, given) => {
    expect(asked(mode, reach, allowed)).toBe(given);
  });
});
