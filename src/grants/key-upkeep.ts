import { Database } from '../database/database.js';
import { KeyUse } from './key.js';
import { KeyEncryption, SealedKey } from './key-encryption.js';
import { SPREAD_MS, lifetimeOf } from './key-lifetimes.js';
import { KeyDates, KeyState, keysOutlived, stateOf, usesDue } from './key-states.js';
import { KeyStore } from './key-store.js';
import { asLeader } from './locks.js';

/** A key as it may be shown. */
export interface KeyListing extends KeyDates {
  readonly state: KeyState;
  /** undefined: neither key-encryption key opens it. */
  readonly sealedUnder: 'current' | 'previous' | undefined;
}

export interface PublishedKey {
  readonly use: string;
  readonly kid: string;
  readonly activeFrom: Date;
}

export type RemovedKey = Pick<KeyDates, 'use' | 'kid'>;

interface Row extends SealedKey {
  active_from: Date;
  retired_at: Date | null;
}

/**
 * Lists, rotates, removes and re-encrypts the keys of all processes. It tells the time by the database's
 * clock: one machine's wrong clock must not end everybody's keys.
 */
export class KeyUpkeep {
  private readonly store: KeyStore;

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly database: Database,
    private readonly encryption: KeyEncryption,
    private readonly clock: () => Promise<number> = () => databaseClock(database),
  ) {
    this.store = new KeyStore(database, encryption);
  }

  async list(): Promise<KeyListing[]> {
    const [rows, nowMs] = [await this.rows(), await this.clock()];
    const keys = rows.map(datesOf);
    return rows.map((row, index) => ({
      ...keys[index]!,
      state: stateOf(keys[index]!, keys, nowMs),
      sealedUnder: this.encryption.sealedUnder(row),
    }));
  }

  /**
   * Publishes a new key, which seals from ten minutes later on: every process has learnt of it by then.
   * @param atOnce it seals now and the older keys end now; what they sealed is lost. For a stolen key
   * @throws RotationRefused for the key of pairwise subjects
   */
  async rotate(use: string, { atOnce = false } = {}): Promise<PublishedKey> {
    return this.publish(use, (await this.clock()) + (atOnce ? 0 : SPREAD_MS), atOnce);
  }

  /** Removes for ever the keys that nothing needs any more. */
  async retire(): Promise<RemovedKey[]> {
    const kids = keysOutlived((await this.rows()).map(datesOf), await this.clock());
    const { rows } = await this.database
      .pool('admin')
      .query<RemovedKey>('DELETE FROM keys WHERE kid = ANY($1) RETURNING use, kid', [kids]);
    return rows;
  }

  /**
   * Rotates what is of age and removes what is outlived.
   * @returns undefined when another process is doing that right now
   */
  check(): Promise<{ published: PublishedKey[]; removed: RemovedKey[] } | undefined> {
    return asLeader(this.database, 'keys-schedule', async () => {
      const nowMs = await this.clock();
      const published: PublishedKey[] = [];
      for (const use of usesDue((await this.rows()).map(datesOf), nowMs)) {
        published.push(await this.publish(use, nowMs + lifetimeOf(use)!.publishAheadMs));
      }
      return { published, removed: await this.retire() };
    });
  }

  /** Seals under the current key-encryption key what is sealed under the previous one. */
  async rewrap(): Promise<{ rewrapped: number; unreadable: number }> {
    let rewrapped = 0;
    let unreadable = 0;
    for (const row of await this.rows()) {
      const by = this.encryption.sealedUnder(row);
      if (by === undefined) unreadable += 1;
      if (by !== 'previous') continue;
      const sealed = this.encryption.seal(row, this.encryption.open(row));
      await this.database
        .pool('admin')
        .query('UPDATE keys SET sealed = $2 WHERE kid = $1', [row.kid, sealed]);
      rewrapped += 1;
    }
    return { rewrapped, unreadable };
  }

  private async publish(use: string, activeFromMs: number, endOlder = false): Promise<PublishedKey> {
    const activeFrom = new Date(activeFromMs);
    // What is sealed for years must open for years: a stolen key of the vault is no reason to lose it.
    const endable = lifetimeOf(use)?.outlivedByMs !== Infinity;
    const rotation = endOlder && endable ? { activeFrom, retireOlderAt: activeFrom } : { activeFrom };
    return { use, kid: await this.store.rotate(use as KeyUse, rotation), activeFrom };
  }

  private async rows(): Promise<Row[]> {
    const { rows } = await this.database
      .pool('admin')
      .query<Row>(
        'SELECT kid, use, sealed, active_from, retired_at FROM keys ORDER BY use, active_from DESC, kid',
      );
    return rows;
  }
}

function datesOf({ kid, use, active_from, retired_at }: Row): KeyDates {
  return { kid, use, activeFromMs: active_from.getTime(), retiredAtMs: retired_at?.getTime() };
}

async function databaseClock(database: Database): Promise<number> {
  const { rows } = await database.pool('admin').query<{ now: Date }>('SELECT now() AS now');
  return rows[0]!.now.getTime();
}
