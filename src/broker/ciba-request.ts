import { Order } from './orders.js';
import { UpstreamSession } from './upstream-sessions.js';

/** A sign-in that the operator works on, as it is kept. */
export interface CibaRequest {
  readonly operatorId: string;
  readonly registrationId: string;
  /** The operator's name for it. Secret. */
  readonly operatorRequestId: string;
  readonly order: Order;
  /** Whether the ASP asked for an id_token. */
  readonly openid: boolean;
  /** Kind of the hint that stood for the device. */
  readonly hint: string;
  /** The routing rule that chose the operator. */
  readonly rule?: string | undefined;
}

/** How it ended. */
export type CibaOutcome =
  | (Pick<CibaRequest, 'order' | 'openid'> & {
      /** Pairwise. */
      readonly subject: string;
      readonly session: UpstreamSession;
    })
  | { readonly error: 'access_denied' | 'expired_token'; readonly description: string };

/** What an ASP's poll meets. */
export interface Asked {
  readonly state: 'consumed' | 'ended' | 'early' | 'settled' | 'pending';
}
