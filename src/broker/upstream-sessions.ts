import { Injectable } from '@nestjs/common';
import { Sealer } from '../grants/sealer.js';
import { BrokerStore, hashOf } from './broker-store.js';
import { ShortLived } from './short-lived.js';

/** Longer than a code lives; no sign-in needs it afterwards. */
const TTL_SECONDS = 120;
const MOST_HERE = 50_000;

/** What the operator gave us for a sign-in, kept from our code to our token. */
export interface UpstreamSession {
  readonly tenantId: string;
  readonly applicationId: string;
  readonly subscriptionId: string;
  readonly operatorId: string;
  readonly registrationId: string;
  readonly purpose: string;
  readonly amr: readonly string[];
  /** Secret. */
  readonly operatorToken: string;
  /** Seconds since the epoch: when the operator's token ends, or what we assume of it. */
  readonly endsAt: number;
  /** The routing rule that chose the operator. */
  readonly rule?: string | undefined;
  /** The span in which the operator answered; undefined without tracing. */
  readonly span?: string | undefined;
}

@Injectable()
export class UpstreamSessions {
  /** Those that began while Postgres was away. */
  private readonly here = new ShortLived<string>(MOST_HERE);

  constructor(
    private readonly store: BrokerStore,
    private readonly sealer: Sealer,
  ) {}

  async keep(grantId: string, session: UpstreamSession): Promise<void> {
    const hash = hashOf(grantId);
    const sealed = this.sealer.seal(JSON.stringify(session), aad(hash));
    const write = (): Promise<unknown> =>
      this.store.query(
        `INSERT INTO upstream_sessions (grant_hash, sealed, expires_at)
         VALUES ($1, $2, now() + make_interval(secs => $3))`,
        [hash, sealed, TTL_SECONDS],
      );
    await this.store.orHere(write, () => this.here.put(aad(hash), sealed, TTL_SECONDS));
  }

  /** Once: the operator's token goes into exactly one of ours. */
  async take(grantId: string): Promise<UpstreamSession | undefined> {
    const hash = hashOf(grantId);
    const known = this.here.knows(aad(hash));
    const sealed = known ? this.here.take(aad(hash)) : await this.takeRow(hash);
    if (sealed === undefined) return undefined;
    return JSON.parse(this.sealer.open(sealed, aad(hash))) as UpstreamSession;
  }

  private async takeRow(hash: Buffer): Promise<string | undefined> {
    const { rows } = await this.store.query(
      'DELETE FROM upstream_sessions WHERE grant_hash = $1 RETURNING sealed, expires_at > now() AS live',
      [hash],
    );
    const row = rows[0] as { sealed: string; live: boolean } | undefined;
    return row?.live ? row.sealed : undefined;
  }
}

function aad(hash: Buffer): string {
  return `upstream_sessions|${hash.toString('base64url')}`;
}
