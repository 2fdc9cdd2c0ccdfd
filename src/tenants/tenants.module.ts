import { Global, Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { Notifications } from '../database/notifications.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tenants } from './tenants.js';

@Global()
@Module({
  providers: [
    {
      provide: Tenants,
      inject: [Database, LastKnownGood, Notifications, Metrics, LOGGER],
      useFactory: async (
        database: Database,
        kept: LastKnownGood,
        notifications: Notifications,
        metrics: Metrics,
        logger: Logger,
      ): Promise<Tenants> => {
        const tenants = new Tenants(database, metrics, logger, kept);
        await database.startWith(
          () => tenants.load(),
          () => tenants.recall(),
        );
        return tenants.watch(notifications);
      },
    },
  ],
  exports: [Tenants],
})
export class TenantsModule {}
