import { randomBytes } from 'node:crypto';
import { Secret } from '../../src/contract/secret.js';
import { Database } from '../../src/database/database.js';
import { KeyEncryption } from '../../src/grants/key-encryption.js';
import { KeyRing } from '../../src/grants/key-ring.js';
import { KeyStore } from '../../src/grants/key-store.js';
import { KeyUpkeep } from '../../src/grants/key-upkeep.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { TestDatabase, createTestDatabase } from './test-database.js';

export const newKeyEncryptionKey = (): Secret => new Secret(randomBytes(32).toString('base64'));

/** Counts how often the keys are read. */
class CountingKeyStore extends KeyStore {
  loads = 0;

  override load(...uses: Parameters<KeyStore['load']>): ReturnType<KeyStore['load']> {
    this.loads += 1;
    return super.load(...uses);
  }
}

/** What one process has of the keys. */
export interface KeyProcess {
  readonly store: CountingKeyStore;
  readonly database: Database;
  readonly encryption: KeyEncryption;
  readonly ring: KeyRing;
  readonly upkeep: KeyUpkeep;
}

/** Processes that share the keys of one real database, and a clock that only the test moves. */
export class KeyRig {
  /** Milliseconds since the epoch; later than anything the database itself has dated. */
  nowMs = Date.now() + 10_000;
  private readonly databases: Database[] = [];

  private constructor(
    private readonly place: TestDatabase,
    private readonly keyEncryptionKey: Secret,
  ) {}

  static async open(): Promise<KeyRig> {
    return new KeyRig(await createTestDatabase(), newKeyEncryptionKey());
  }

  /** @param keys the key-encryption keys of this process; the rig's own unless given */
  async process(
    keys: ConstructorParameters<typeof KeyEncryption>[0] = { keyEncryptionKey: this.keyEncryptionKey },
  ): Promise<KeyProcess> {
    const logger = createLogger('silent');
    const database = await Database.open({ url: this.place.url, entities: [], logger });
    this.databases.push(database);
    const encryption = new KeyEncryption(keys);
    const store = new CountingKeyStore(database, encryption);
    return {
      store,
      database,
      encryption,
      ring: new KeyRing(store, logger, () => this.nowMs),
      upkeep: new KeyUpkeep(database, encryption, async () => this.nowMs),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.databases.map((database) => database.close()));
    await this.place.drop();
  }
}
