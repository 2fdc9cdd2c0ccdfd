import { Injectable } from '@nestjs/common';
import { Sealer } from '../grants/sealer.js';
import { BrokerStore, hashOf } from './broker-store.js';
import { Asked, CibaOutcome, CibaRequest } from './ciba-request.js';
import { MemoryCiba } from './memory-ciba.js';

/** What an ASP is told to wait between two polls (CIBA Core 7.3). */
export const INTERVAL_SECONDS = 2;
/** Timers fire a little early, networks do not run evenly. */
const TOLERANCE_SECONDS = 0.25;
/** CIBA Core 11: for this and all later polls. */
const SLOW_DOWN_SECONDS = 5;
/** How long an ended request is still known as such. */
const REMEMBERED_SECONDS = 300;
/** A poll of the operator ends within its deadline; then it is somebody else's turn. */
const LEASE_SECONDS = 3;

/** CIBA requests in Postgres, by the hash of our `auth_req_id`; what they hold is sealed. */
@Injectable()
export class CibaRequests {
  private readonly here = new MemoryCiba({
    interval: INTERVAL_SECONDS,
    tolerance: TOLERANCE_SECONDS,
    slowDown: SLOW_DOWN_SECONDS,
    remembered: REMEMBERED_SECONDS,
    lease: LEASE_SECONDS,
  });

  constructor(
    private readonly store: BrokerStore,
    private readonly sealer: Sealer,
  ) {}

  async open(
    id: string,
    clientId: string,
    request: CibaRequest,
    times: { readonly lifetimeSeconds: number; readonly operatorIntervalSeconds: number },
  ): Promise<void> {
    const hash = hashOf(id);
    const sealed = this.sealer.seal(JSON.stringify(request), aad(hash, 'request'));
    const { lifetimeSeconds, operatorIntervalSeconds } = times;
    const forgottenAfter = lifetimeSeconds + REMEMBERED_SECONDS;
    const write = (): Promise<unknown> =>
      this.store.query(
        `INSERT INTO ciba_requests (id_hash, client_id, sealed, operator_interval, operator_due_at,
           interval_seconds, ends_at, expires_at)
         VALUES ($1, $2, $3, $4, now(), $5, now() + make_interval(secs => $6), now() + make_interval(secs => $7))`,
        [hash, clientId, sealed, operatorIntervalSeconds, INTERVAL_SECONDS, lifetimeSeconds, forgottenAfter],
      );
    await this.store.orHere(write, () =>
      this.here.open(nameOf(hash), { clientId, request: sealed, ...times }),
    );
  }

  /**
   * An ASP's poll: its time is compared with that of the poll before, and kept, in one statement.
   * @returns undefined for a request that is not known, or not of this client
   */
  async ask(id: string, clientId: string): Promise<Asked | undefined> {
    const hash = hashOf(id);
    if (this.here.knows(nameOf(hash))) return this.here.ask(nameOf(hash), clientId);
    const { rows } = await this.store.query(
      `WITH met AS (
         SELECT id_hash, asked_at + make_interval(secs => interval_seconds - $3::float8) > now() AS early,
           CASE WHEN consumed_at IS NOT NULL THEN 'consumed' WHEN ends_at <= now() THEN 'ended'
                WHEN outcome IS NOT NULL THEN 'settled' ELSE 'pending' END AS state
         FROM ciba_requests WHERE id_hash = $1 AND client_id = $2 FOR UPDATE)
       UPDATE ciba_requests r SET asked_at = now(),
         interval_seconds = r.interval_seconds + CASE WHEN met.early THEN $4::int ELSE 0 END
       FROM met WHERE r.id_hash = met.id_hash
       RETURNING CASE WHEN met.early AND met.state IN ('settled', 'pending') THEN 'early' ELSE met.state END AS state`,
      [hash, clientId, TOLERANCE_SECONDS, SLOW_DOWN_SECONDS],
    );
    return rows[0] as Asked | undefined;
  }

  /** Makes it our turn to ask the operator; of all processes that try, one gets it. */
  async claim(
    id: string,
  ): Promise<{ request: CibaRequest; intervalSeconds: number } | 'not_yet' | 'settled'> {
    const hash = hashOf(id);
    const claimed = this.here.knows(nameOf(hash)) ? this.here.claim(nameOf(hash)) : await this.claimRow(hash);
    if (typeof claimed === 'string') return claimed;
    const request = JSON.parse(this.sealer.open(claimed.request, aad(hash, 'request'))) as CibaRequest;
    return { request, intervalSeconds: claimed.intervalSeconds };
  }

  private async claimRow(hash: Buffer): Promise<ReturnType<MemoryCiba['claim']>> {
    const { rows } = await this.store.query(
      `UPDATE ciba_requests SET operator_due_at = now() + make_interval(secs => operator_interval + $2::float8)
       WHERE id_hash = $1 AND outcome IS NULL AND consumed_at IS NULL AND ends_at > now()
         AND operator_due_at <= now()
       RETURNING sealed, operator_interval AS seconds`,
      [hash, LEASE_SECONDS],
    );
    const row = rows[0] as { sealed: string; seconds: number } | undefined;
    if (!row) return this.whyNot(hash);
    return { request: row.sealed, intervalSeconds: row.seconds };
  }

  /** The operator wants to be asked again, no sooner than this. */
  async postpone(id: string, intervalSeconds: number): Promise<void> {
    const hash = hashOf(id);
    if (this.here.knows(nameOf(hash))) return this.here.postpone(nameOf(hash), intervalSeconds);
    await this.store.query(
      `UPDATE ciba_requests SET operator_interval = $2::float8, operator_due_at = now() + make_interval(secs => $2::float8)
       WHERE id_hash = $1`,
      [hash, intervalSeconds],
    );
  }

  async settle(id: string, outcome: CibaOutcome): Promise<void> {
    const hash = hashOf(id);
    const sealed = this.sealer.seal(JSON.stringify(outcome), aad(hash, 'outcome'));
    if (this.here.knows(nameOf(hash))) return this.here.settle(nameOf(hash), sealed);
    await this.store.query(
      'UPDATE ciba_requests SET outcome = $2 WHERE id_hash = $1 AND outcome IS NULL AND consumed_at IS NULL',
      [hash, sealed],
    );
  }

  /** The outcome, once: for all but one of those who ask at once it is gone. */
  async take(id: string, clientId: string): Promise<CibaOutcome | undefined> {
    const hash = hashOf(id);
    const known = this.here.knows(nameOf(hash));
    const sealed = known ? this.here.take(nameOf(hash), clientId) : await this.takeRow(hash, clientId);
    return sealed === undefined
      ? undefined
      : (JSON.parse(this.sealer.open(sealed, aad(hash, 'outcome'))) as CibaOutcome);
  }

  private async takeRow(hash: Buffer, clientId: string): Promise<string | undefined> {
    const { rows } = await this.store.query(
      `WITH held AS (SELECT id_hash, outcome FROM ciba_requests
         WHERE id_hash = $1 AND client_id = $2 AND outcome IS NOT NULL AND consumed_at IS NULL FOR UPDATE)
       UPDATE ciba_requests r SET consumed_at = now(), outcome = NULL FROM held WHERE r.id_hash = held.id_hash
       RETURNING held.outcome`,
      [hash, clientId],
    );
    return (rows[0] as { outcome: string } | undefined)?.outcome;
  }

  private async whyNot(hash: Buffer): Promise<'not_yet' | 'settled'> {
    const { rows } = await this.store.query(
      `SELECT FROM ciba_requests
       WHERE id_hash = $1 AND outcome IS NULL AND consumed_at IS NULL AND ends_at > now()`,
      [hash],
    );
    return rows.length > 0 ? 'not_yet' : 'settled';
  }
}

function nameOf(hash: Buffer): string {
  return hash.toString('latin1');
}

function aad(hash: Buffer, column: 'request' | 'outcome'): string {
  return `ciba_requests|${hash.toString('base64url')}|${column}`;
}
