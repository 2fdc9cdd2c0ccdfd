import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { ConfigError } from '../config/config.js';
import { Secret } from '../contract/secret.js';
import { Database } from '../database/database.js';
import { createLogger } from '../telemetry/logger.js';
import { KeyEncryption } from './key-encryption.js';
import { KeyRing } from './key-ring.js';
import { KeyStore } from './key-store.js';

const logger = createLogger('silent');
const encryptionKey = randomBytes(32);
const encryptionBy = (key: Buffer) =>
  new KeyEncryption({ keyEncryptionKey: new Secret(key.toString('base64')) });

let place: TestDatabase;
let database: Database;
let store: KeyStore;

beforeEach(async () => {
  place = await createTestDatabase();
  database = await Database.open({ url: place.url, entities: [], logger });
  store = new KeyStore(database, encryptionBy(encryptionKey));
});

afterEach(async () => {
  await database.close();
  await place.drop();
});

describe('the key store', () => {
  test('gives two processes that start at once one and the same key', async () => {
    const other = await Database.open({ url: place.url, entities: [], logger });
    try {
      const stores = [store, new KeyStore(other, encryptionBy(encryptionKey))];
      await Promise.all([...stores, ...stores, ...stores].map((one) => one.ensure('access-token')));
      const [here, there] = await Promise.all(stores.map((one) => one.load(['access-token'])));
      expect(here).toHaveLength(1);
      expect(there![0]!.kid).toBe(here![0]!.kid);
      expect(there![0]!.key.equals(here![0]!.key)).toBe(true);
    } finally {
      await other.close();
    }
  });

  test('makes a key of the right kind for each use', async () => {
    const uses = ['access-token', 'at-rest', 'oidc', 'operator:one'] as const;
    for (const use of uses) await store.ensure(use);
    const keys = await store.load(uses);
    expect(Object.fromEntries(keys.map((key) => [key.use, [key.alg, key.key.type]]))).toEqual({
      'access-token': ['A256GCM', 'secret'],
      'at-rest': ['A256GCM', 'secret'],
      oidc: ['ES256', 'private'],
      'operator:one': ['ES256', 'private'],
    });
  });

  test('holds nothing that could be read without the key-encryption key', async () => {
    await store.ensure('access-token');
    await store.ensure('oidc');
    const [secret, signing] = await Promise.all(
      (['access-token', 'oidc'] as const).map(async (use) => (await store.load([use]))[0]!.key),
    );
    const canaries = [
      secret!.export(),
      Buffer.from(signing!.export({ format: 'jwk' }).d as string, 'base64url'),
    ];
    const { rows } = await database
      .pool('admin')
      .query<{ row: string; sealed: Buffer }>('SELECT k::text AS row, sealed FROM keys k');
    expect(rows).toHaveLength(2);
    for (const canary of canaries) {
      for (const { row, sealed } of rows) {
        expect(sealed.includes(canary)).toBe(false);
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          expect(row).not.toContain(canary.toString(encoding).slice(0, 40));
        }
      }
    }
  });

  test('names KEY_ENCRYPTION_KEY when it is the wrong one, and shows no value', async () => {
    await store.ensure('access-token');
    const wrong = randomBytes(32);
    const refusal = await new KeyStore(database, encryptionBy(wrong))
      .load(['access-token'])
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(String(refusal)).toContain('KEY_ENCRYPTION_KEY');
    for (const key of [wrong, encryptionKey]) expect(String(refusal)).not.toContain(key.toString('base64'));
  });

  test('does not open a sealed key that was moved to another row', async () => {
    await store.ensure('access-token');
    await database.pool('admin').query("UPDATE keys SET kid = 'another'");
    await expect(store.load(['access-token'])).rejects.toThrow('KEY_ENCRYPTION_KEY');
  });

  test('does not load a retired key, and makes a new one when none is left', async () => {
    await store.ensure('access-token');
    await database.pool('admin').query('UPDATE keys SET retired_at = now()');
    expect(await store.load(['access-token'])).toEqual([]);
    await store.ensure('access-token');
    expect(await store.load(['access-token'])).toHaveLength(1);
  });

  test('rotates: the new key from its time on, the older until theirs', async () => {
    const ring = new KeyRing(store, logger);
    await ring.ensure(['access-token']);
    const first = ring.newest('access-token').kid;
    const retireOlderAt = new Date(Date.now() + 300_000);
    const second = await ring.rotate('access-token', { activeFrom: new Date(), retireOlderAt });
    expect(ring.newest('access-token').kid).toBe(second);
    expect(ring.find('access-token', first)?.retiredAtMs).toBe(retireOlderAt.getTime());
    expect(ring.find('access-token', second)?.retiredAtMs).toBeUndefined();
  });

  test('rotates no key of pairwise subjects, and says why', async () => {
    await store.ensure('subject');
    await expect(store.rotate('subject', { activeFrom: new Date() })).rejects.toThrow(
      /never rotated.*stranger/,
    );
    expect(await store.load(['subject'])).toHaveLength(1);
  });
});
