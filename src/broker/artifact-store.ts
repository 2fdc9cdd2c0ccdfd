import { Injectable } from '@nestjs/common';
import { Sealer } from '../grants/sealer.js';
import { Metrics } from '../telemetry/metrics.js';
import { BrokerStore, hashOf } from './broker-store.js';
import { OneTimeMarks } from './one-time-marks.js';
import { ShortLived } from './short-lived.js';

/** An interaction, a grant and a code for each sign-in. */
const MOST_HERE = 150_000;

export interface Artifact {
  readonly payload: Record<string, unknown>;
  /** Seconds since the epoch. */
  readonly consumedAt: number | undefined;
}

interface Row {
  sealed: string;
  consumed_at: number | null;
}

type Kept = Row & { readonly grant: string | undefined };

/**
 * The authorization server's artifacts in Postgres. Whatever may happen once is settled by one statement
 * that reports whether it was this call that did it. Those made while Postgres is away live in this process.
 */
@Injectable()
export class ArtifactStore {
  private readonly here = new ShortLived<Kept>(MOST_HERE);
  private readonly marks = new OneTimeMarks();

  constructor(
    private readonly store: BrokerStore,
    private readonly sealer: Sealer,
    private readonly metrics: Metrics,
  ) {}

  /** Writes or rewrites an artifact; never brings a consumed one back. */
  async save(model: string, id: string, payload: Record<string, unknown>, ttlSeconds: number): Promise<void> {
    const hash = hashOf(id);
    const key = nameOf(model, hash);
    const grant = typeof payload['grantId'] === 'string' ? hashOf(payload['grantId']) : undefined;
    const sealed = this.sealer.seal(JSON.stringify(payload), aad(model, hash));
    const keep = (): void => {
      const consumed_at = this.here.get(key)?.consumed_at ?? null;
      this.here.put(key, { sealed, consumed_at, grant: grant?.toString('latin1') }, ttlSeconds);
    };
    if (this.here.knows(key)) return keep();
    const write = (): Promise<unknown> =>
      this.store.query(
        `INSERT INTO oidc_artifacts (model, id_hash, grant_hash, sealed, expires_at)
         VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
         ON CONFLICT (model, id_hash) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at`,
        [model, hash, grant ?? null, sealed, ttlSeconds],
      );
    await this.store.orHere(write, keep);
  }

  /** @returns whether the id was not there yet */
  async insertNew(model: string, id: string, ttlSeconds: number): Promise<boolean> {
    const hash = hashOf(id);
    const key = nameOf(model, hash);
    // First of all: of those who come at once here, one is ahead, whatever Postgres says or does not say.
    if (!this.marks.take(key, ttlSeconds, this.store.away)) return false;
    const write = async (): Promise<boolean> => {
      const { count } = await this.store.query(
        `INSERT INTO oidc_artifacts (model, id_hash, sealed, expires_at)
         VALUES ($1, $2, '', now() + make_interval(secs => $3)) ON CONFLICT DO NOTHING`,
        [model, hash, ttlSeconds],
      );
      return count === 1;
    };
    const accept = (): boolean => {
      this.metrics.credentials.judgedAlone();
      return true;
    };
    try {
      return await this.store.orHere(write, accept);
    } catch (error) {
      this.marks.release(key);
      throw error;
    }
  }

  async load(model: string, id: string): Promise<Artifact | undefined> {
    const hash = hashOf(id);
    const row = await this.rowOf(model, hash);
    return (
      row && {
        payload: JSON.parse(this.sealer.open(row.sealed, aad(model, hash))) as Record<string, unknown>,
        consumedAt: row.consumed_at === null ? undefined : Math.floor(row.consumed_at),
      }
    );
  }

  /** @returns whether this call consumed it; at most one call ever does */
  async consume(model: string, id: string): Promise<boolean> {
    const hash = hashOf(id);
    const key = nameOf(model, hash);
    if (this.here.knows(key)) return consumeHere(this.here.get(key));
    const { count } = await this.store.query(
      `UPDATE oidc_artifacts SET consumed_at = now()
       WHERE model = $1 AND id_hash = $2 AND consumed_at IS NULL AND expires_at > now()`,
      [model, hash],
    );
    return count === 1;
  }

  async remove(model: string, id: string): Promise<void> {
    const hash = hashOf(id);
    const key = nameOf(model, hash);
    if (this.here.knows(key)) this.here.take(key);
    else
      await this.store.query('DELETE FROM oidc_artifacts WHERE model = $1 AND id_hash = $2', [model, hash]);
  }

  async removeByGrant(model: string, grantId: string): Promise<void> {
    const hash = hashOf(grantId);
    const grant = hash.toString('latin1');
    this.here.takeWhere((key, kept) => kept.grant === grant && key.startsWith(`${model}|`));
    const write = (): Promise<unknown> =>
      this.store.query('DELETE FROM oidc_artifacts WHERE model = $1 AND grant_hash = $2', [model, hash]);
    // What lies in Postgres cannot be reached now by anybody else either.
    await this.store.orHere(write, () => undefined);
  }

  private async rowOf(model: string, hash: Buffer): Promise<Row | undefined> {
    const key = nameOf(model, hash);
    if (this.here.knows(key)) return this.here.get(key);
    const { rows } = await this.store.query(
      `SELECT sealed, extract(epoch FROM consumed_at)::float8 AS consumed_at FROM oidc_artifacts
       WHERE model = $1 AND id_hash = $2 AND expires_at > now()`,
      [model, hash],
    );
    return rows[0] as Row | undefined;
  }
}

function consumeHere(kept: Kept | undefined): boolean {
  if (!kept || kept.consumed_at !== null) return false;
  kept.consumed_at = Date.now() / 1000;
  return true;
}

function nameOf(model: string, hash: Buffer): string {
  return `${model}|${hash.toString('latin1')}`;
}

function aad(model: string, hash: Buffer): string {
  return `oidc_artifacts|${model}|${hash.toString('base64url')}`;
}
