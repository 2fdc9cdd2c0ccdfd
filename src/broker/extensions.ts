import { Injectable } from '@nestjs/common';
import { KoaContextWithOIDC, Provider, errors } from 'oidc-provider';
import { Member } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { Flow } from '../telemetry/labels.js';
import { AdminTokens } from './admin-tokens.js';
import { DirectGrant, DirectTokens } from './direct-tokens.js';
import { EXTENSION_PARAMETERS, ExtensionParameters } from './extension-parameters.js';
import { ClientCredentialsFlow } from './flows/client-credentials.js';
import { ACCESS_TOKEN_TYPE, TokenExchangeFlow } from './flows/token-exchange.js';
import { CLIENT_CREDENTIALS, TOKEN_EXCHANGE } from './orders.js';
import { stateOf } from './request-state.js';

type Open = (clientId: string, given: ExtensionParameters) => Promise<DirectGrant>;

/** Grants beyond the profile (ICM r4.2), for subscriptions that have them. The library authenticates the client. */
@Injectable()
export class Extensions {
  constructor(
    private readonly clientCredentials: ClientCredentialsFlow,
    private readonly tokenExchange: TokenExchangeFlow,
    private readonly tokens: DirectTokens,
    private readonly adminTokens: AdminTokens,
    private readonly tenants: Tenants,
  ) {}

  register(provider: Provider): void {
    const names = [...EXTENSION_PARAMETERS];
    provider.registerGrantType(
      CLIENT_CREDENTIALS,
      async (ctx) => {
        const member = this.memberIn(ctx);
        if (member) ctx.body = await this.adminTokens.issue(member, scopeIn(ctx));
        else
          await this.answer(ctx, 'client_credentials', (...asked) => this.clientCredentials.open(...asked));
      },
      names,
    );
    provider.registerGrantType(
      TOKEN_EXCHANGE,
      async (ctx) => {
        await this.answer(ctx, 'token_exchange', (...asked) => this.tokenExchange.open(...asked));
        // RFC 8693 §2.2.1.
        ctx.body = { ...(ctx.body as object), issued_token_type: ACCESS_TOKEN_TYPE };
      },
      names,
    );
  }

  /** A service that asks for a token of the admin API; client ids of applications come first, as everywhere. */
  private memberIn({ oidc: { client } }: KoaContextWithOIDC): Member | undefined {
    const clientId = client?.clientId ?? '';
    return this.tenants.application(clientId) ? undefined : this.tenants.member(clientId);
  }

  private async answer(ctx: KoaContextWithOIDC, flow: Flow, open: Open): Promise<void> {
    const { client, params } = ctx.oidc;
    if (!client) throw new Error('nobody has been authenticated');
    const answer = await this.tokens.issue(
      flow,
      () => open(client.clientId, params ?? {}),
      stateOf(ctx).proof,
    );
    if (!('access_token' in answer)) {
      const { error, description, status } = answer;
      const refused = new errors.CustomOIDCProviderError(error, description);
      throw Object.assign(refused, { status, statusCode: status });
    }
    ctx.body = answer;
  }
}

function scopeIn({ oidc }: KoaContextWithOIDC): string | undefined {
  const scope = oidc.params?.['scope'];
  return typeof scope === 'string' ? scope : undefined;
}
