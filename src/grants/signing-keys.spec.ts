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
