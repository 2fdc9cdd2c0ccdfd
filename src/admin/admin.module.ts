import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerModule } from '@nestjs/throttler';
import { Reports } from '../database/reports.js';
import { CallTraceReports } from '../ledger/call-trace-reports.js';
import { UsageReports } from '../ledger/usage-reports.js';
import { type AppConfig, CONFIG } from '../config/config.js';
import { FixedWindowStorage } from '../limits/throttler-storage.js';
import { RoutingModule } from '../routing/routing.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { AdminTokenStrategy } from './admin-token.strategy.js';
import { AuditEvents } from './audit-events.js';
import { AuditTrail } from './audit-trail.js';
import { Changes } from './changes.js';
import { Configuration } from './declared/configuration.js';
import { ADMIN_CONTROLLERS } from './controllers.js';
import { Credentials } from './credentials.js';
import { ExternalIssuer } from './external-issuer.js';
import { Guessing } from './guessing.js';
import { AdminOpenApiController } from './openapi.controller.js';
import { OperatorSwitchboard } from './operator-switchboard.js';
import { Principals } from './principals.js';
import { PutByKey } from './put-by-key.js';
import { Resources } from './resources.js';
import { Retention } from './retention.js';
import { RouteChanges } from './route-changes.js';
import { Transactions } from './transactions.js';

/** The partner's and the ASPs' own HTTP API over tenants, operators and ledger. */
@Module({
  imports: [
    PassportModule,
    RoutingModule,
    UpstreamModule,
    ThrottlerModule.forRootAsync({
      inject: [CONFIG],
      useFactory: ({ adminRequestsPerMinute: limit }: AppConfig) => ({
        throttlers: [{ name: 'admin', ttl: 60_000, limit }],
        // Its own scans the window at every hit.
        storage: new FixedWindowStorage(),
        setHeaders: false,
      }),
    }),
  ],
  controllers: [...ADMIN_CONTROLLERS, AdminOpenApiController],
  providers: [
    AdminTokenStrategy,
    AuditEvents,
    AuditTrail,
    Changes,
    Configuration,
    Credentials,
    ExternalIssuer,
    Guessing,
    OperatorSwitchboard,
    Principals,
    Reports,
    PutByKey,
    Resources,
    Retention,
    RouteChanges,
    Transactions,
    UsageReports,
    CallTraceReports,
  ],
})
export class AdminModule {}
