import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DIALECT_NAMES, simulated } from '../../test/support/simulated-operators.js';
import { sandboxSecrets } from './sandbox-secrets.js';

const operators = DIALECT_NAMES.map((dialect) => simulated(dialect));
const reveal = (seed: string, keysDirectory: string): Record<string, string> =>
  Object.fromEntries(
    [...sandboxSecrets({ operators, seed, keysDirectory })].map(([name, secret]) => [name, secret.reveal()]),
  );

it('gives every secret that sandbox manifests name, and gives processes with one folder the same', () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'keys');
  const first = reveal('seed', directory);
  expect(Object.keys(first).sort()).toEqual(['APPLICATION_KEY', 'BASIC', 'BASIC_RAW']);
  expect(reveal('seed', directory)).toEqual(first);
  expect(first['BASIC']).not.toBe(first['BASIC_RAW']);
  expect(reveal('other', directory)['BASIC']).not.toBe(first['BASIC']);
});

it('keeps RSA keys for their owner alone and leaves nothing else behind', () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'keys');
  const pem = reveal('seed', directory)['APPLICATION_KEY']!;
  expect(createPrivateKey(pem).asymmetricKeyType).toBe('rsa');
  expect(readdirSync(directory)).toEqual(['APPLICATION_KEY.pem']);
  expect(statSync(join(directory, 'APPLICATION_KEY.pem')).mode & 0o777).toBe(0o600);
});

it('gives nothing to operators that are not simulated', () => {
  const live = operators.map((operator) => ({ ...operator, lifecycle: 'live' as const }));
  expect(sandboxSecrets({ operators: live, seed: 'seed', keysDirectory: 'never-made' }).size).toBe(0);
});
