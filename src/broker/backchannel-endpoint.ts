import { Injectable } from '@nestjs/common';
import { BackchannelAuthenticationRequest, KoaContextWithOIDC, Provider, errors } from 'oidc-provider';
import { INTERVAL_SECONDS } from './ciba-requests.js';
import { cibaRefusal } from './ciba-refusal.js';
import { CibaBegun, CibaFlow } from './flows/ciba.js';
import { CIBA } from './orders.js';
import { requireReach } from './proof.js';
import { Refusals } from './refusals.js';
import { stateOf } from './request-state.js';
import { SignedRequests } from './signed-requests.js';
import { TokenMint } from './token-mint.js';

/** The library wants to know whom it is about; that is the operator's to say, later. */
const NOBODY_YET = 'pending';

/** CIBA's part of ours in the library: it authenticates clients and reads requests, the rest happens here. */
@Injectable()
export class BackchannelEndpoint {
  constructor(
    private readonly flow: CibaFlow,
    private readonly signedRequests: SignedRequests,
    private readonly mint: TokenMint,
    private readonly refusals: Refusals,
  ) {}

  /** In the place of the library's own grant, whose storage decides nothing by its writes. */
  register(provider: Provider): void {
    provider.registerGrantType(CIBA, (ctx) => this.token(ctx), ['auth_req_id']);
  }

  /** A client has asked, and may: the operator is asked. @throws an OAuth error of the endpoint */
  async begin(ctx: KoaContextWithOIDC, loginHint: string | undefined): Promise<string> {
    const state = stateOf(ctx);
    const { order, openid = false, namedOperator = {}, requestObject, proof } = state;
    if (!order) throw new Error('the scopes of the request were not read');
    const ask = { order, openid, loginHint, namedOperator };
    let operatorId: string | undefined;
    try {
      const chosen = await this.flow.choose(ask);
      operatorId = chosen.operator.id;
      requireReach(chosen.operator, proof);
      if (requestObject) await this.useUp(state, requestObject);
      state.begun = await this.flow.begin(chosen, ask);
      return NOBODY_YET;
    } catch (error) {
      const { answer, noted } = cibaRefusal(error);
      this.refusals.record(operatorId, noted, 'ciba');
      throw answer;
    }
  }

  /** @returns seconds that our `auth_req_id` is good for */
  lifetime(ctx: KoaContextWithOIDC): number {
    return begunIn(ctx).lifetimeSeconds;
  }

  /** The library has made an `auth_req_id`, and is about to answer with it. */
  async open(ctx: KoaContextWithOIDC, { jti, clientId }: BackchannelAuthenticationRequest): Promise<void> {
    await this.flow.open(jti, clientId!, begunIn(ctx));
    Object.assign(ctx.body as object, { interval: INTERVAL_SECONDS });
  }

  /** @throws InvalidRequest | InvalidGrant | SlowDown | ExpiredToken | AuthorizationPending | AccessDenied */
  private async token(ctx: KoaContextWithOIDC): Promise<void> {
    const { client, params, provider } = ctx.oidc;
    const id = params?.['auth_req_id'];
    if (!client || typeof id !== 'string') throw new errors.InvalidRequest('auth_req_id is required');
    const { proof } = stateOf(ctx);
    const { order, openid, session, subject } = await this.flow.collect(id, client.clientId, proof);
    const credential = proof?.credential;
    const token = this.mint.mint({ clientId: client.clientId, order, credential, subject, session });
    if (!openid) {
      ctx.body = token;
      return;
    }
    const idToken = Object.assign(new provider.IdToken({ sub: subject }, { ctx }), { scope: 'openid' });
    ctx.body = { ...token, id_token: await idToken.issue({ use: 'idtoken' }) };
  }

  private async useUp(
    state: ReturnType<typeof stateOf>,
    requestObject: Parameters<SignedRequests['use']>[0],
  ): Promise<void> {
    // The library calls it invalid_request; what it is said to be is read from here.
    state.requestObjectRefused = true;
    await this.signedRequests.use(requestObject);
    state.requestObjectRefused = false;
  }
}

function begunIn(ctx: KoaContextWithOIDC): CibaBegun {
  const { begun } = stateOf(ctx);
  if (!begun) throw new Error('no operator was asked');
  return begun;
}
