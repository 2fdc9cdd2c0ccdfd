import { DynamicModule, Module } from '@nestjs/common';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Database } from './database.js';
import { LastKnownGood } from './last-known-good.js';
import { Notifications } from './notifications.js';

/** Global, and thereby closed last: other rooms write their last rows when the application stops. */
@Module({})
export class DatabaseModule {
  /** @param ground what was opened before Nest started */
  static forRoot(ground: { database: Database; lastKnownGood: LastKnownGood }): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => ground.database },
        { provide: LastKnownGood, useFactory: () => ground.lastKnownGood },
        {
          provide: Notifications,
          inject: [Metrics, LOGGER],
          useFactory: (metrics: Metrics, logger: Logger) =>
            new Notifications(ground.database.url, metrics, logger).start(),
        },
      ],
      exports: [Database, LastKnownGood, Notifications],
    };
  }
}
