import { Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { Macs } from '../grants/macs.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { Vault } from '../grants/vault.js';
import { RoutingModule } from '../routing/routing.module.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tenants } from '../tenants/tenants.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { Upstream } from '../upstream/upstream.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ArtifactStore } from './artifact-store.js';
import { AdminTokens } from './admin-tokens.js';
import { ApplicationKeys } from './application-keys.js';
import { Artifacts } from './artifacts.js';
import { AuthOptionsController } from './auth-options.controller.js';
import { AuthOptionsFinder } from './auth-options.js';
import { AuthorizationServer } from './authorization-server.js';
import { BrokerMount } from './broker-mount.js';
import { BrokerStore } from './broker-store.js';
import { BearerAssertions } from './bearer-assertions.js';
import { ClientProofs } from './client-proofs.js';
import { ClientSecrets } from './client-secrets.js';
import { ClientSignatures } from './client-signatures.js';
import { AuthorizeEndpoint } from './authorize-endpoint.js';
import { BackchannelEndpoint } from './backchannel-endpoint.js';
import { CibaPoller } from './ciba-poller.js';
import { CibaRequests } from './ciba-requests.js';
import { CibaFlow } from './flows/ciba.js';
import { SignedRequests } from './signed-requests.js';
import { Clients } from './clients.js';
import { CredentialUses } from './credential-uses.js';
import { DirectTokens } from './direct-tokens.js';
import { Extensions } from './extensions.js';
import { AuthCodeFlow } from './flows/auth-code.js';
import { ClientCredentialsFlow } from './flows/client-credentials.js';
import { JwtBearerFlow } from './flows/jwt-bearer.js';
import { TokenExchangeFlow } from './flows/token-exchange.js';
import { JwksDoor } from './jwks-door.js';
import { JwtBearerEndpoint } from './jwt-bearer-endpoint.js';
import { OneTime } from './one-time.js';
import { OperatorAssertions } from './operator-assertions.js';
import { OperatorBackchannel } from './operator-backchannel.js';
import { OperatorCallback } from './operator-callback.js';
import { OperatorChoice } from './operator-choice.js';
import { OperatorClients } from './operator-clients.js';
import { OperatorKeys } from './operator-keys.js';
import { OperatorProofs } from './client-authentication/client-authentication.js';
import { OperatorServers } from './operator-servers.js';
import { OperatorTokens } from './operator-tokens.js';
import { Orders } from './orders.js';
import { ProviderParts } from './provider.js';
import { Refusals } from './refusals.js';
import { Revocations } from './revocations.js';
import { RemoteKeys } from './remote-keys.js';
import { RouteParts } from './routes.js';
import { Subjects } from './subjects.js';
import { Sweep } from './sweep.js';
import { TokenMint } from './token-mint.js';
import { TokenRules } from './token-rules.js';
import { Transactions } from './transactions.js';
import { UpstreamSessions } from './upstream-sessions.js';

/** Our authorization server. Its routes mount themselves on the root of the HTTP server. */
@Module({
  imports: [TenantsModule, RoutingModule, UpstreamModule],
  controllers: [AuthOptionsController],
  providers: [
    AdminTokens,
    ArtifactStore,
    Artifacts,
    AuthCodeFlow,
    AuthOptionsFinder,
    AuthorizationServer,
    BrokerMount,
    BrokerStore,
    BearerAssertions,
    ClientCredentialsFlow,
    ClientSignatures,
    AuthorizeEndpoint,
    BackchannelEndpoint,
    CibaPoller,
    CibaRequests,
    CibaFlow,
    SignedRequests,
    CredentialUses,
    DirectTokens,
    Extensions,
    JwtBearerEndpoint,
    JwtBearerFlow,
    OneTime,
    OperatorAssertions,
    OperatorBackchannel,
    OperatorCallback,
    OperatorChoice,
    OperatorTokens,
    Orders,
    ProviderParts,
    Refusals,
    Revocations,
    RouteParts,
    Subjects,
    Sweep,
    TokenExchangeFlow,
    TokenMint,
    TokenRules,
    Transactions,
    UpstreamSessions,
    {
      provide: JwksDoor,
      inject: [CONFIG],
      useFactory: ({ sandbox }: AppConfig) => new JwksDoor(sandbox),
    },
    {
      provide: ApplicationKeys,
      inject: [JwksDoor, LOGGER, Metrics],
      useFactory: (door: JwksDoor, logger: Logger, { broker }: Metrics) =>
        new ApplicationKeys(new RemoteKeys(door, logger, broker)),
    },
    {
      provide: ClientSecrets,
      inject: [CONFIG, Tenants, Macs, CredentialUses],
      useFactory: (config: AppConfig, tenants: Tenants, macs: Macs, uses: CredentialUses) =>
        new ClientSecrets(config.clientSecrets, tenants, macs, uses),
    },
    ClientProofs,
    Clients,
    {
      provide: OperatorProofs,
      inject: [SigningKeys, Vault, CONFIG],
      useFactory: (keys: SigningKeys, vault: Vault, config: AppConfig) =>
        new OperatorProofs(keys, vault, config.operatorSecrets),
    },
    {
      provide: OperatorClients,
      inject: [Upstream, OperatorProofs, Metrics, LOGGER],
      useFactory: (upstream: Upstream, proofs: OperatorProofs, { broker }: Metrics, logger: Logger) =>
        new OperatorClients(new OperatorServers(upstream, broker, logger), upstream, proofs),
    },
    {
      provide: OperatorKeys,
      inject: [Upstream, Metrics, LOGGER],
      useFactory: (upstream: Upstream, { broker }: Metrics, logger: Logger) =>
        new OperatorKeys(upstream, broker, logger),
    },
  ],
})
export class BrokerModule {}
