import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { Database } from '../database/database.js';
import { KeyEncryption } from './key-encryption.js';
import { lifetimeOf } from './key-lifetimes.js';
import { Key, KeyAlgorithm, KeyUse, algorithmOf, generateMaterial, importMaterial } from './key.js';
import { exclusively } from './locks.js';

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
  /** When all older keys of the use cease to open; undefined: once nothing needs them. */
  retireOlderAt?: Date;
}

/** What must not be rotated was asked to be. */
export class RotationRefused extends Error {}

/** The keys of all processes in Postgres, each sealed with the key-encryption key from the environment. */
export class KeyStore {
  constructor(
    private readonly database: Database,
    private readonly encryption: KeyEncryption,
  ) {}

  /** Makes the first key of a use. Processes that ask at the same time agree on one. */
  async ensure(use: KeyUse): Promise<void> {
    await this.alone(use, async (client) => {
      const { rowCount } = await client.query(
        'SELECT FROM keys WHERE use = $1 AND (retired_at IS NULL OR retired_at > now()) LIMIT 1',
        [use],
      );
      if (rowCount === 0) await this.insert(client, use, null);
    });
  }

  /**
   * @returns the kid of the new key
   * @throws RotationRefused for the key of pairwise subjects
   */
  async rotate(use: KeyUse, { activeFrom, retireOlderAt }: Rotation): Promise<string> {
    if (!lifetimeOf(use)) {
      throw new RotationRefused(
        `${use}: never rotated. Pairwise subjects are made with it: with another key every user ` +
          'would be a stranger to every application.',
      );
    }
    return this.alone(use, async (client) => {
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
    return rows.map((row) => ({
      kid: row.kid,
      use: row.use,
      alg: row.alg,
      key: importMaterial(row.alg, this.encryption.open(row)),
      activeFromMs: row.active_from.getTime(),
      retiredAtMs: row.retired_at?.getTime(),
    }));
  }

  private async insert(client: PoolClient, use: KeyUse, activeFrom: Date | null): Promise<string> {
    const kid = randomUUID();
    const alg = algorithmOf(use);
    const sealed = this.encryption.seal({ use, kid }, generateMaterial(alg));
    await client.query(
      'INSERT INTO keys (kid, use, alg, sealed, active_from) VALUES ($1, $2, $3, $4, coalesce($5, now()))',
      [kid, use, alg, sealed, activeFrom],
    );
    return kid;
  }

  private alone<T>(use: KeyUse, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return exclusively(this.database, `keys|${use}`, work);
  }
}
