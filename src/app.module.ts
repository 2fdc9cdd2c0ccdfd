import { DynamicModule, Global, Module } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { AppConfig } from './config/config.js';
import { AppConfigModule } from './config/config.module.js';
import { ISSUER } from './contract/issuer.js';
import { BrokerModule } from './broker/broker.module.js';
import { Database } from './database/database.js';
import { DatabaseModule } from './database/database.module.js';
import { LastKnownGood } from './database/last-known-good.js';
import { HealthModule } from './health/health.module.js';
import { GrantsModule } from './grants/grants.module.js';
import { HttpModule } from './http/http.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { NumberVerificationModule } from './number-verification/number-verification.module.js';
import { Operators } from './operators/operators.js';
import { OperatorSwitches } from './operator-switches.js';
import { OperatorsModule } from './operators/operators.module.js';
import { RoutingModule } from './routing/routing.module.js';
import { Logger } from './telemetry/logger.js';
import { Metrics } from './telemetry/metrics.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { UpstreamModule } from './upstream/upstream.module.js';

/** What is decided before Nest starts. */
export interface Ground {
  /** Complete: issuer, database and key-encryption key are known. */
  config: AppConfig;
  database: Database;
  lastKnownGood: LastKnownGood;
  operators: Operators;
  logger: Logger;
  metrics: Metrics;
}

@Global()
@Module({})
class IssuerModule {
  static forRoot(issuer: string): DynamicModule {
    return { module: IssuerModule, providers: [{ provide: ISSUER, useValue: issuer }], exports: [ISSUER] };
  }
}

/** Every room of the house; the only module that knows them all. */
@Module({})
export class AppModule {
  static forRoot(ground: Ground): DynamicModule {
    const { publicUrl, keyEncryptionKey, previousKeyEncryptionKey } = ground.config;
    if (!publicUrl || !keyEncryptionKey) throw new Error('the configuration is not complete');
    return {
      module: AppModule,
      imports: [
        AppConfigModule.forRoot(ground.config),
        TelemetryModule.forRoot(ground.logger, ground.metrics),
        IssuerModule.forRoot(publicUrl),
        DatabaseModule.forRoot(ground),
        OperatorsModule.forRoot({ operators: ground.operators }),
        GrantsModule.forRoot({ keyEncryptionKey, previousKeyEncryptionKey }),
        TenantsModule,
        HttpModule,
        LimitsModule,
        LedgerModule,
        UpstreamModule,
        RoutingModule,
        BrokerModule,
        NumberVerificationModule,
        AdminModule,
        HealthModule,
      ],
      providers: [OperatorSwitches],
    };
  }
}
