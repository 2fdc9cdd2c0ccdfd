import { KoaContextWithOIDC } from 'oidc-provider';
import { Order } from './orders.js';
import { UpstreamSession } from './upstream-sessions.js';

/** What one request carries through the library, from one of its hooks to the next. */
export interface RequestState {
  loginHint?: string;
  /** Agreed at onboarding; set once the scopes are read. */
  order?: Order;
  /** Set when a code is redeemed. */
  upstream?: UpstreamSession;
}

export function stateOf(ctx: Pick<KoaContextWithOIDC, 'state'>): RequestState {
  return ctx.state;
}
