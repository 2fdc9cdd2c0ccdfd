import { FactoryProvider, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppConfig, CONFIG } from '../config/config.js';
import { ISSUER } from '../contract/issuer.js';
import { Database } from '../database/database.js';
import { Grants } from '../grants/grants.js';
import { Pseudonyms } from '../grants/pseudonyms.js';
import { Sealer } from '../grants/sealer.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { Operators } from '../operators/operators.js';
import { ClientAddresses } from '../routing/client-address.js';
import { Routing } from '../routing/routing.js';
import { RoutingModule } from '../routing/routing.module.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tenants } from '../tenants/tenants.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { Upstream } from '../upstream/upstream.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ArtifactStore } from './artifact-store.js';
import { ArtifactAdapter } from './artifacts.js';
import { AuthorizationServer } from './authorization-server.js';
import { BrokerMount } from './broker-mount.js';
import { BrokerStore } from './broker-store.js';
import { Clients } from './clients.js';
import { AuthCodeFlow } from './flows/auth-code.js';
import { OperatorCallback } from './operator-callback.js';
import { OperatorClients } from './operator-clients.js';
import { OperatorServers } from './operator-servers.js';
import { OperatorTokens } from './operator-tokens.js';
import { Orders } from './orders.js';
import { Subjects } from './subjects.js';
import { Sweep } from './sweep.js';
import { TokenRules } from './token-rules.js';
import { Transactions } from './transactions.js';
import { UpstreamSessions } from './upstream-sessions.js';

type Made<T> = Omit<FactoryProvider<T>, 'provide'>;

const operatorClients: Made<OperatorClients> = {
  inject: [Upstream, SigningKeys, CONFIG],
  useFactory: (upstream: Upstream, keys: SigningKeys, config: AppConfig) =>
    new OperatorClients(new OperatorServers(upstream), upstream, keys, config.operatorSecrets),
};

const authCode: Made<AuthCodeFlow> = {
  inject: [ISSUER, Operators, Tenants, Routing, OperatorClients, Metrics, BrokerStore, Sealer, Pseudonyms],
  useFactory: (
    issuer: string,
    operators: Operators,
    tenants: Tenants,
    routing: Routing,
    clients: OperatorClients,
    metrics: Metrics,
    store: BrokerStore,
    sealer: Sealer,
    pseudonyms: Pseudonyms,
  ) =>
    new AuthCodeFlow({
      ...{ issuer, operators, tenants, routing, clients },
      transactions: new Transactions(store, sealer),
      tokens: new OperatorTokens(clients, metrics),
      subjects: new Subjects(pseudonyms),
    }),
};

const tokenRules: Made<TokenRules> = {
  inject: [ISSUER, Tenants, BrokerStore, Sealer, Grants],
  useFactory: (issuer: string, tenants: Tenants, store: BrokerStore, sealer: Sealer, grants: Grants) =>
    new TokenRules(issuer, new Orders(tenants), new UpstreamSessions(store, sealer), grants),
};

const authorizationServer: Made<AuthorizationServer> = {
  inject: [
    ...[ISSUER, SigningKeys, ClientAddresses, AuthCodeFlow, TokenRules],
    ...[BrokerStore, Sealer, Tenants, Metrics, LOGGER],
  ],
  useFactory: (
    issuer: string,
    signingKeys: SigningKeys,
    addresses: ClientAddresses,
    flow: AuthCodeFlow,
    tokens: TokenRules,
    store: BrokerStore,
    sealer: Sealer,
    tenants: Tenants,
    metrics: Metrics,
    logger: Logger,
  ) => {
    const artifacts = new ArtifactStore(store, sealer);
    const clients = new Clients(tenants);
    const adapter = (model: string) => new ArtifactAdapter(model, artifacts, clients, metrics);
    const parts = { adapter, addresses, authCode: flow, tokens };
    return new AuthorizationServer(issuer, signingKeys, parts, metrics, logger);
  },
};

const mount: Made<BrokerMount> = {
  inject: [HttpAdapterHost, AuthorizationServer, OperatorCallback, SigningKeys, Operators],
  useFactory: (
    host: HttpAdapterHost,
    server: AuthorizationServer,
    callback: OperatorCallback,
    signingKeys: SigningKeys,
    operators: Operators,
  ) => new BrokerMount(host, { server, callback, signingKeys, operators }),
};

@Module({
  imports: [TenantsModule, RoutingModule, UpstreamModule],
  providers: [
    {
      provide: BrokerStore,
      inject: [Database],
      useFactory: (database: Database) => new BrokerStore(database),
    },
    { provide: OperatorClients, ...operatorClients },
    { provide: AuthCodeFlow, ...authCode },
    { provide: TokenRules, ...tokenRules },
    { provide: AuthorizationServer, ...authorizationServer },
    {
      provide: OperatorCallback,
      inject: [AuthorizationServer, AuthCodeFlow, Metrics, LOGGER],
      useFactory: (server: AuthorizationServer, flow: AuthCodeFlow, metrics: Metrics, logger: Logger) =>
        new OperatorCallback(server, flow, metrics, logger),
    },
    {
      provide: Sweep,
      inject: [BrokerStore, LOGGER],
      useFactory: (store: BrokerStore, logger: Logger) => new Sweep(store, logger),
    },
    { provide: BrokerMount, ...mount },
  ],
})
export class BrokerModule {}
