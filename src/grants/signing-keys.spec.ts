import { beforeEach, expect, test } from '@jest/globals';
import { SignJWT, createLocalJWKSet, jwtVerify } from 'jose';
import { MemoryKeys } from '../../test/support/memory-keys.js';
import { createLogger } from '../telemetry/logger.js';
import { KeyRing } from './key-ring.js';
import { SigningKeys } from './signing-keys.js';

let signing: SigningKeys;

beforeEach(async () => {
  signing = new SigningKeys(new KeyRing(new MemoryKeys(), createLogger('silent')));
  await signing.ensure(['oidc', 'operator:one', 'operator:two']);
});

test('what the current key signs, the published set verifies', async () => {
  const { kid, privateKey } = signing.current('operator:one');
  const jwt = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
  await jwtVerify(jwt, createLocalJWKSet(signing.jwks('operator:one')));
  await expect(jwtVerify(jwt, createLocalJWKSet(signing.jwks('operator:two')))).rejects.toThrow(
    'no applicable key',
  );
});

test('the published set has kid, use and alg, and no private half', () => {
  const { kid } = signing.current('oidc');
  expect(signing.jwks('oidc').keys).toEqual([
    { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), kid, use: 'sig', alg: 'ES256' },
  ]);
  expect(signing.privateJwks('oidc').keys).toEqual([signing.current('oidc').privateJwk]);
  expect(signing.current('oidc').privateJwk.d).toEqual(expect.any(String));
});

test('the set lists the key in use first, then those before it and those to come, but none that has ended', async () => {
  let nowMs = 1_800_000_000_000;
  const ring = new KeyRing(new MemoryKeys(), createLogger('silent'), () => nowMs);
  const keys = new SigningKeys(ring);
  await keys.ensure(['oidc']);
  const ended = keys.current('oidc').kid;
  const previous = await ring.rotate('oidc', {
    activeFrom: new Date(nowMs),
    retireOlderAt: new Date(nowMs + 1),
  });
  const current = await ring.rotate('oidc', { activeFrom: new Date(nowMs + 1) });
  nowMs += 1;
  const next = await ring.rotate('oidc');

  const published = keys.jwks('oidc').keys;
  expect(published.map(({ kid }) => kid)).toEqual([current, previous, next]);
  expect(published.map(({ kid }) => kid)).not.toContain(ended);
  for (const key of published) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' });
  }
  const privateHalves = keys.privateJwks('oidc').keys.map(({ d }) => d!);
  expect(new Set(privateHalves).size).toBe(3);
  for (const half of privateHalves) expect(JSON.stringify(published)).not.toContain(half);
});
