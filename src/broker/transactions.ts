import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Sealer } from '../grants/sealer.js';
import { BrokerStore, hashOf } from './broker-store.js';
import { Order } from './orders.js';
import { ShortLived } from './short-lived.js';

const TTL_SECONDS = 120;
const MOST_HERE = 50_000;

/** One sign-in between our redirect to the operator and its answer to our callback. */
export interface Transaction {
  readonly operatorId: string;
  readonly registrationId: string;
  /** The interaction of the authorization request that is to be resumed. */
  readonly interactionUid: string;
  readonly order: Order;
  /** Ours, toward the operator; undefined where its manifest says that it takes none. */
  readonly nonce: string | undefined;
  readonly codeVerifier: string | undefined;
  /** The routing rule that chose the operator. */
  readonly rule?: string | undefined;
  /** The span of the authorization request; undefined without tracing. */
  readonly span: string | undefined;
}

type Sealed = Omit<Transaction, 'operatorId' | 'registrationId'>;

interface Row {
  operator_id: string;
  registration_id: string;
  sealed: string;
  live: boolean;
}

/** Where a callback came in, and with which state. */
export interface Arrival {
  readonly operatorId: string;
  readonly registrationId: string;
  readonly state: string;
}

@Injectable()
export class Transactions {
  /** Those that began while Postgres was away. */
  private readonly here = new ShortLived<Row>(MOST_HERE);

  constructor(
    private readonly store: BrokerStore,
    private readonly sealer: Sealer,
  ) {}

  /** @returns the `state` to send to the operator: 256 bits, single use, good for 120 s */
  async open({ operatorId, registrationId, ...rest }: Transaction): Promise<string> {
    const state = randomBytes(32).toString('base64url');
    const hash = hashOf(state);
    const sealed = this.sealer.seal(JSON.stringify(rest), aad(hash));
    const write = (): Promise<unknown> =>
      this.store.query(
        `INSERT INTO broker_transactions (state_hash, operator_id, registration_id, sealed, expires_at)
         VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
        [hash, operatorId, registrationId, sealed, TTL_SECONDS],
      );
    const row: Row = { operator_id: operatorId, registration_id: registrationId, sealed, live: true };
    await this.store.orHere(write, () => this.here.put(aad(hash), row, TTL_SECONDS));
    return state;
  }

  /**
   * Takes a transaction once: the state is burnt even when it came in at the callback of another operator or
   * registration, which is how one operator's code would be passed off as another's (RFC 9700 §4.4, mix-up).
   * @returns undefined for a state that is unknown, used, expired or misdirected
   */
  async take({ operatorId, registrationId, state }: Arrival): Promise<Transaction | undefined> {
    const hash = hashOf(state);
    const row = this.here.knows(aad(hash)) ? this.here.take(aad(hash)) : await this.takeRow(hash);
    if (!row?.live || row.operator_id !== operatorId || row.registration_id !== registrationId)
      return undefined;
    const rest = JSON.parse(this.sealer.open(row.sealed, aad(hash))) as Sealed;
    return { operatorId, registrationId, ...rest };
  }

  private async takeRow(hash: Buffer): Promise<Row | undefined> {
    const { rows } = await this.store.query(
      `DELETE FROM broker_transactions WHERE state_hash = $1
       RETURNING operator_id, registration_id, sealed, expires_at > now() AS live`,
      [hash],
    );
    return rows[0] as Row | undefined;
  }
}

function aad(hash: Buffer): string {
  return `broker_transactions|${hash.toString('base64url')}`;
}
