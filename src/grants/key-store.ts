import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { KeyEncryption } from './key-encryption.js';
import { lifetimeOf, whyNeverReplaced } from './key-lifetimes.js';
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

/** The name of the copy, and the form of its pieces; another form is not read. */
const [NAME, FORM] = ['keys', 'keys.1'];

/** A row as it is kept in the copy; still sealed. */
type KeptRow = Omit<KeyRow, 'sealed' | 'active_from' | 'retired_at'> & {
  sealed: string;
  active_from: string;
  retired_at: string | null;
};

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
  /** @param kept where a copy is left for a start without database */
  constructor(
    private readonly database: Database,
    private readonly encryption: KeyEncryption,
    private readonly kept?: LastKnownGood,
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
      throw new RotationRefused(`${use}: never rotated. ${whyNeverReplaced(use)}`);
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
    const keys = rows.map((row) => this.opened(row));
    this.kept?.keep(NAME, FORM, () => rows.map(keptRow));
    return keys;
  }

  /**
   * Without database: the keys of the copy that was kept.
   * @returns undefined when there is no good one
   * @throws ConfigError as `load` does
   */
  async recall(): Promise<Key[] | undefined> {
    const rows: KeyRow[] = [];
    const savedAtMs = await this.kept?.recall(NAME, FORM, (piece) => rows.push(asRead(piece as KeptRow)));
    return savedAtMs === undefined ? undefined : rows.map((row) => this.opened(row));
  }

  private opened(row: KeyRow): Key {
    return {
      kid: row.kid,
      use: row.use,
      alg: row.alg,
      key: importMaterial(row.alg, this.encryption.open(row)),
      activeFromMs: row.active_from.getTime(),
      retiredAtMs: row.retired_at?.getTime(),
    };
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

function keptRow({ sealed, active_from, retired_at, ...row }: KeyRow): KeptRow {
  return {
    ...row,
    sealed: sealed.toString('base64'),
    active_from: active_from.toISOString(),
    retired_at: retired_at?.toISOString() ?? null,
  };
}

function asRead({ sealed, active_from, retired_at, ...row }: KeptRow): KeyRow {
  return {
    ...row,
    sealed: Buffer.from(sealed, 'base64'),
    active_from: new Date(active_from),
    retired_at: retired_at === null ? null : new Date(retired_at),
  };
}
