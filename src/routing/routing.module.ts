import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { Notifications } from '../database/notifications.js';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from '../upstream/upstream.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ClientAddresses } from './client-address.js';
import { Detours } from './detours.js';
import { LimitedHttp } from './limited-http.js';
import { methodFor } from './service-tokens.js';
import { HttpNetworkIds, NETWORK_IDS } from './network-ids.js';
import { RoutingRules } from './routing-rules.js';
import { Routing } from './routing.js';
import { RuleStore } from './rule-store.js';
import { TelcoFinder } from './telco-finder.js';
import { TelcoRoutingPolls } from './telco-routing-polls.js';

/** Which operator: the rules, who keeps them fresh, and whom they ask. */
@Module({
  imports: [HttpModule, UpstreamModule],
  providers: [
    {
      provide: LimitedHttp,
      inject: [HttpService],
      useFactory: (http: HttpService) => new LimitedHttp(http),
    },
    {
      provide: RuleStore,
      inject: [Database, LastKnownGood],
      useFactory: (database: Database, kept: LastKnownGood) => new RuleStore(database, kept),
    },
    {
      provide: RoutingRules,
      inject: [Operators, RuleStore, Database, Notifications, Metrics, LOGGER],
      useFactory: async (
        operators: Operators,
        store: RuleStore,
        database: Database,
        notifications: Notifications,
        metrics: Metrics,
        logger: Logger,
      ) => {
        const rules = new RoutingRules(operators.all(), store, metrics, logger);
        await database.startWith(
          () => rules.load(),
          () => rules.recall(),
        );
        return rules.watch(notifications);
      },
    },
    {
      provide: TelcoRoutingPolls,
      inject: [Operators, LimitedHttp, RuleStore, CONFIG, Metrics, LOGGER],
      useFactory: (
        operators: Operators,
        http: LimitedHttp,
        store: RuleStore,
        { operatorSecrets }: AppConfig,
        metrics: Metrics,
        logger: Logger,
      ) => new TelcoRoutingPolls(on(operators), http, store, operatorSecrets, metrics, logger),
    },
    {
      provide: TelcoFinder,
      inject: [LimitedHttp, Operators, CONFIG],
      useFactory: (http: LimitedHttp, operators: Operators, { operatorSecrets }: AppConfig) =>
        new TelcoFinder(http, on(operators), operatorSecrets),
    },
    {
      provide: NETWORK_IDS,
      inject: [LimitedHttp, CONFIG],
      useFactory: (http: LimitedHttp, config: AppConfig) => {
        const { networkIdUrl: url, networkIdToken: token, networkIdClient: client } = config;
        return (
          url &&
          new HttpNetworkIds(http, {
            url,
            token,
            client: client && { ...client, method: methodFor(client.secret) },
          })
        );
      },
    },
    {
      provide: Detours,
      inject: [Operators, Upstream],
      useFactory: (operators: Operators, upstream: Upstream) => new Detours(operators, upstream),
    },
    {
      provide: Routing,
      inject: [
        Operators,
        Metrics,
        RoutingRules,
        TelcoFinder,
        { token: NETWORK_IDS, optional: true },
        Detours,
      ],
      useFactory: (...parts: ConstructorParameters<typeof Routing>) => new Routing(...parts),
    },
    {
      provide: ClientAddresses,
      inject: [CONFIG],
      useFactory: (config: AppConfig) =>
        new ClientAddresses(config.trustedProxies, config.clientAddressHeader),
    },
  ],
  exports: [Routing, RoutingRules, ClientAddresses],
})
export class RoutingModule {}

/** Those that can be on: nothing is missing for them. */
function on(operators: Operators): Operator[] {
  return operators.all().filter(({ id }) => operators.complete(id));
}
