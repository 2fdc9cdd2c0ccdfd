import { Injectable } from '@nestjs/common';
import { KoaContextWithOIDC, errors } from 'oidc-provider';
import { ClientAddresses } from '../routing/client-address.js';
import { AuthCodeFlow } from './flows/auth-code.js';
import { Refusals } from './refusals.js';
import { stateOf } from './request-state.js';
import { SignedRequests } from './signed-requests.js';

/** The authorization endpoint's part of ours: the device goes to its operator, not to a page. */
@Injectable()
export class AuthorizeEndpoint {
  constructor(
    readonly signedRequests: SignedRequests,
    private readonly addresses: ClientAddresses,
    private readonly authCode: AuthCodeFlow,
    private readonly refusals: Refusals,
  ) {}

  /** @returns the operator's authorize URL. @throws an OAuth error, which the library sends back on the redirect */
  async sendToOperator(ctx: KoaContextWithOIDC, interactionUid: string): Promise<string> {
    const { order, loginHint, namedOperator = {}, requestObject } = stateOf(ctx);
    if (!order) throw new Error('the scopes of the request were not read');
    try {
      if (requestObject) await this.signedRequests.use(requestObject);
      const from = this.addresses.of(ctx.req);
      return await this.authCode.begin({ order, loginHint, namedOperator, from, interactionUid });
    } catch (error) {
      const { error: code, description } = this.refusals.note(undefined, error);
      throw new errors.CustomOIDCProviderError(code, description);
    }
  }
}
