import { Injectable } from '@nestjs/common';
import { Sealer } from '../grants/sealer.js';
import { BrokerStore, hashOf } from './broker-store.js';

export interface Artifact {
  readonly payload: Record<string, unknown>;
  /** Seconds since the epoch. */
  readonly consumedAt: number | undefined;
}

interface Row {
  sealed: string;
  consumed_at: number | null;
}

/**
 * The authorization server's artifacts in Postgres. Whatever may happen once is settled by one statement
 * that reports whether it was this call that did it.
 */
@Injectable()
export class ArtifactStore {
  constructor(
    private readonly store: BrokerStore,
    private readonly sealer: Sealer,
  ) {}

  /** Writes or rewrites an artifact; never brings a consumed one back. */
  async save(model: string, id: string, payload: Record<string, unknown>, ttlSeconds: number): Promise<void> {
    const hash = hashOf(id);
    const grantId = payload['grantId'];
    await this.store.query(
      `INSERT INTO oidc_artifacts (model, id_hash, grant_hash, sealed, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
       ON CONFLICT (model, id_hash) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at`,
      [
        model,
        hash,
        typeof grantId === 'string' ? hashOf(grantId) : null,
        this.sealer.seal(JSON.stringify(payload), aad(model, hash)),
        ttlSeconds,
      ],
    );
  }

  /** @returns whether the id was not there yet */
  async insertNew(model: string, id: string, ttlSeconds: number): Promise<boolean> {
    const { count } = await this.store.query(
      `INSERT INTO oidc_artifacts (model, id_hash, sealed, expires_at)
       VALUES ($1, $2, '', now() + make_interval(secs => $3)) ON CONFLICT DO NOTHING`,
      [model, hashOf(id), ttlSeconds],
    );
    return count === 1;
  }

  async load(model: string, id: string): Promise<Artifact | undefined> {
    const hash = hashOf(id);
    const { rows } = await this.store.query(
      `SELECT sealed, extract(epoch FROM consumed_at)::float8 AS consumed_at FROM oidc_artifacts
       WHERE model = $1 AND id_hash = $2 AND expires_at > now()`,
      [model, hash],
    );
    const row = rows[0] as Row | undefined;
    return (
      row && {
        payload: JSON.parse(this.sealer.open(row.sealed, aad(model, hash))) as Record<string, unknown>,
        consumedAt: row.consumed_at === null ? undefined : Math.floor(row.consumed_at),
      }
    );
  }

  /** @returns whether this call consumed it; at most one call ever does */
  async consume(model: string, id: string): Promise<boolean> {
    const { count } = await this.store.query(
      `UPDATE oidc_artifacts SET consumed_at = now()
       WHERE model = $1 AND id_hash = $2 AND consumed_at IS NULL AND expires_at > now()`,
      [model, hashOf(id)],
    );
    return count === 1;
  }

  async remove(model: string, id: string): Promise<void> {
    await this.store.query('DELETE FROM oidc_artifacts WHERE model = $1 AND id_hash = $2', [
      model,
      hashOf(id),
    ]);
  }

  async removeByGrant(model: string, grantId: string): Promise<void> {
    await this.store.query('DELETE FROM oidc_artifacts WHERE model = $1 AND grant_hash = $2', [
      model,
      hashOf(grantId),
    ]);
  }
}

function aad(model: string, hash: Buffer): string {
  return `oidc_artifacts|${model}|${hash.toString('base64url')}`;
}
