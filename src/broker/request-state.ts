import { KoaContextWithOIDC } from 'oidc-provider';
import { CibaBegun } from './flows/ciba.js';
import { Order } from './orders.js';
import { Proof } from './proof.js';
import { RequestObjectId } from './signed-requests.js';
import { UpstreamSession } from './upstream-sessions.js';
import { NamedOperator } from './wish.js';

/** What one request carries through the library, from one of its hooks to the next. */
export interface RequestState {
  loginHint?: string;
  namedOperator?: NamedOperator;
  /** The request came signed, and is yet to be used up. */
  requestObject?: RequestObjectId;
  /** The request came signed, and not validly. */
  requestObjectRefused?: boolean;
  /** CIBA: whether the ASP asked for an id_token. */
  openid?: boolean;
  /** CIBA: what the operator has taken on. */
  begun?: CibaBegun;
  /** Agreed at onboarding; set once the scopes are read. */
  order?: Order;
  /** What the client has proved itself with; unset before it has. */
  proof?: Proof;
  /** The client that has done so by a secret. */
  provenBySecret?: string;
  /** Set when a code is redeemed. */
  upstream?: UpstreamSession;
}

export function stateOf(ctx: Pick<KoaContextWithOIDC, 'state'>): RequestState {
  return ctx.state;
}
