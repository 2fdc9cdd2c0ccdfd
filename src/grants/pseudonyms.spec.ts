import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { MemoryKeys } from '../../test/support/memory-keys.js';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { Secret } from '../contract/secret.js';
import { Database } from '../database/database.js';
import { createLogger } from '../telemetry/logger.js';
import { KeyEncryption } from './key-encryption.js';
import { KeyRing } from './key-ring.js';
import { KeyStore } from './key-store.js';
import { KeyUpkeep } from './key-upkeep.js';
import { Pseudonyms } from './pseudonyms.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const logger = createLogger('silent');
const encryption = new KeyEncryption({ keyEncryptionKey: new Secret(randomBytes(32).toString('base64')) });
const PERSON = ['tenant-1', 'operator-1', '+99003100001'] as const;

let place: TestDatabase;
let pseudonyms: Pseudonyms;

beforeAll(async () => {
  place = await createTestDatabase();
  const ring = new KeyRing(new MemoryKeys(), logger);
  await ring.ensure(['subject']);
  pseudonyms = new Pseudonyms(ring);
});
afterAll(() => place?.drop());

/** A process of its own, from its start to its end. */
async function inProcess<T>(
  work: (its: { pseudonyms: Pseudonyms; database: Database }) => T | Promise<T>,
): Promise<T> {
  const database = await Database.open({ url: place.url, entities: [], logger });
  try {
    const ring = new KeyRing(new KeyStore(database, encryption), logger);
    await ring.ensure(['subject']);
    return await work({ pseudonyms: new Pseudonyms(ring), database });
  } finally {
    await database.close();
  }
}

test('a subject is the same in every process, after every restart, and after ten years', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => inProcess((its) => its.pseudonyms.of(...PERSON))));
  expect(one).toBe(other);
  const later = await inProcess(async ({ database, pseudonyms: its }) => {
    const upkeep = new KeyUpkeep(database, encryption, async () => Date.now() + TEN_YEARS_MS);
    await upkeep.check();
    await expect(upkeep.rotate('subject')).rejects.toThrow('never rotated');
    await expect(upkeep.rotate('subject', { atOnce: true })).rejects.toThrow('never rotated');
    return its.of(...PERSON);
  });
  expect(later).toBe(one);
  expect(await inProcess((its) => its.pseudonyms.of(...PERSON))).toBe(one);
});

test('whoever differs in any part is another subject, however the parts are cut', () => {
  const parts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 });
  const cut = fc
    .tuple(fc.string({ minLength: 1 }), fc.nat(), fc.nat())
    .map(([text, a, b]) =>
      [a, b].map((at) => [text.slice(0, at % text.length), text.slice(at % text.length)]),
    );
  fc.assert(
    fc.property(fc.oneof(fc.tuple(parts, parts), cut), ([one, other]) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(pseudonyms.of(...one) === pseudonyms.of(...other)).toBe(same);
    }),
    { numRuns: 2_000 },
  );
});

test('two applications cannot tell that they have the same person', () => {
  expect(pseudonyms.of(...PERSON)).not.toBe(pseudonyms.of('tenant-2', ...PERSON.slice(1)));
});

test('a subject is 43 characters that say nothing, and that nobody can compute without the key', async () => {
  const subject = pseudonyms.of(...PERSON);
  expect(subject).toMatch(/^[\w-]{43}$/);
  const readable = `${subject}|${Buffer.from(subject, 'base64url').toString('latin1')}`;
  for (const part of [...PERSON, '99003100001']) expect(readable).not.toContain(part);
  for (const text of [PERSON.join(''), PERSON.join('|'), JSON.stringify(PERSON), PERSON[2]]) {
    expect(subject).not.toBe(createHash('sha256').update(text).digest('base64url'));
  }
  const stranger = new KeyRing(new MemoryKeys(), logger);
  await stranger.ensure(['subject']);
  expect(new Pseudonyms(stranger).of(...PERSON)).not.toBe(subject);
});
