import { KeyObject, createSecretKey, randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { ConfigError } from '../config/config.js';
import { Database } from '../database/database.js';
import { decrypt, encrypt, pack, unpack } from './aes-gcm.js';
import { Key, KeyAlgorithm, KeyUse, algorithmOf, generateMaterial, importMaterial } from './key.js';

interface KeyRow {
  kid: string;
  use: KeyUse;
  alg: KeyAlgorithm;
  sealed: Buffer;
  active_from: Date;
  retired_at: Date | null;
}

export interface Rotation {
  /** When the new key begins to seal. Every process must have learnt it by then. */
  activeFrom: Date;
  /** When all older keys of the use cease to open; undefined: never, as for what is kept for long. */
  retireOlderAt?: Date;
}

/** The keys of all processes in Postgres, each sealed with the key-encryption key from the environment. */
export class KeyStore {
  private readonly encryptionKey: KeyObject;

  /** @param keyEncryptionKey 32 bytes */
  constructor(
    private readonly database: Database,
    keyEncryptionKey: Uint8Array,
  ) {
    this.encryptionKey = createSecretKey(keyEncryptionKey);
  }

  /** Makes the first key of a use. Processes that ask at the same time agree on one. */
  async ensure(use: KeyUse): Promise<void> {
    await this.exclusively(use, async (client) => {
      const { rowCount } = await client.query(
        'SELECT FROM keys WHERE use = $1 AND (retired_at IS NULL OR retired_at > now()) LIMIT 1',
        [use],
      );
      if (rowCount === 0) await this.insert(client, use, null);
    });
  }

  /** @returns the kid of the new key */
  rotate(use: KeyUse, { activeFrom, retireOlderAt }: Rotation): Promise<string> {
    return this.exclusively(use, async (client) => {
      if (retireOlderAt) {
        await client.query('UPDATE keys SET retired_at = least(retired_at, $2) WHERE use = $1', [
          use,
          retireOlderAt,
        ]);
      }
      return this.insert(client, use, activeFrom);
    });
  }

  /**
   * @returns all keys of these uses that are not retired, opened
   * @throws ConfigError when the key-encryption key is not the one they were sealed with
   */
  async load(uses: readonly KeyUse[]): Promise<Key[]> {
    const { rows } = await this.database.pool('admin').query<KeyRow>(
      `SELECT kid, use, alg, sealed, active_from, retired_at FROM keys
       WHERE use = ANY($1) AND (retired_at IS NULL OR retired_at > now())`,
      [uses],
    );
    return rows.map((row) => this.open(row));
  }

  private open(row: KeyRow): Key {
    const material = decrypt(this.encryptionKey, unpack(row.sealed), additionalData(row.use, row.kid));
    if (!material) {
      throw new ConfigError(
        `KEY_ENCRYPTION_KEY: does not open key ${row.kid} (${row.use}) of this database. ` +
          'Give the value it was sealed with; allowed is 32 bytes in base64; given was [redacted]',
      );
    }
    return {
      kid: row.kid,
      use: row.use,
      alg: row.alg,
      key: importMaterial(row.alg, material),
      activeFromMs: row.active_from.getTime(),
      retiredAtMs: row.retired_at?.getTime(),
    };
  }

  private async insert(client: PoolClient, use: KeyUse, activeFrom: Date | null): Promise<string> {
    const kid = randomUUID();
    const alg = algorithmOf(use);
    const sealed = pack(encrypt(this.encryptionKey, generateMaterial(alg), additionalData(use, kid)));
    await client.query(
      'INSERT INTO keys (kid, use, alg, sealed, active_from) VALUES ($1, $2, $3, $4, coalesce($5, now()))',
      [kid, use, alg, sealed, activeFrom],
    );
    return kid;
  }

  private async exclusively<T>(use: KeyUse, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.database.pool('admin').connect();
    let failure: Error | undefined;
    try {
      await client.query('BEGIN');
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended('keys|' || $1, 0))", [use]);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      // A connection in an unknown state is closed, which also rolls back.
      client.release(failure);
    }
  }
}

/** Ties a sealed key to its row: it opens under no other use and no other kid. */
function additionalData(use: KeyUse, kid: string): Buffer {
  return Buffer.from(`keys|${use}|${kid}`);
}
