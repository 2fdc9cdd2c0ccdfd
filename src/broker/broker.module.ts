import { Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { Upstream } from '../upstream/upstream.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ArtifactStore } from './artifact-store.js';
import { Artifacts } from './artifacts.js';
import { AuthorizationServer } from './authorization-server.js';
import { BrokerMount } from './broker-mount.js';
import { BrokerStore } from './broker-store.js';
import { Clients } from './clients.js';
import { AuthCodeFlow } from './flows/auth-code.js';
import { OperatorCallback } from './operator-callback.js';
import { OperatorChoice } from './operator-choice.js';
import { OperatorClients } from './operator-clients.js';
import { OperatorServers } from './operator-servers.js';
import { OperatorTokens } from './operator-tokens.js';
import { Orders } from './orders.js';
import { ProviderParts } from './provider.js';
import { Refusals } from './refusals.js';
import { RouteParts } from './routes.js';
import { Subjects } from './subjects.js';
import { Sweep } from './sweep.js';
import { TokenRules } from './token-rules.js';
import { Transactions } from './transactions.js';
import { UpstreamSessions } from './upstream-sessions.js';

/** Our authorization server. Its routes mount themselves on the root of the HTTP server. */
@Module({
  imports: [TenantsModule, RoutingModule, UpstreamModule],
  providers: [
    ArtifactStore,
    Artifacts,
    AuthCodeFlow,
    AuthorizationServer,
    BrokerMount,
    BrokerStore,
    Clients,
    OperatorCallback,
    OperatorChoice,
    OperatorTokens,
    Orders,
    ProviderParts,
    Refusals,
    RouteParts,
    Subjects,
    Sweep,
    TokenRules,
    Transactions,
    UpstreamSessions,
    {
      provide: OperatorClients,
      inject: [Upstream, SigningKeys, CONFIG],
      useFactory: (upstream: Upstream, keys: SigningKeys, config: AppConfig) =>
        new OperatorClients(new OperatorServers(upstream), upstream, keys, config.operatorSecrets),
    },
  ],
})
export class BrokerModule {}
