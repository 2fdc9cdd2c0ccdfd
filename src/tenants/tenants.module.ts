import { Global, Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { patiently } from '../database/patiently.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tenants } from './tenants.js';

@Global()
@Module({
  providers: [
    {
      provide: Tenants,
      inject: [Database, Metrics, LOGGER],
      useFactory: async (database: Database, metrics: Metrics, logger: Logger): Promise<Tenants> => {
        const tenants = new Tenants(database, metrics, logger);
        await patiently(() => tenants.load());
        return tenants.watch();
      },
    },
  ],
  exports: [Tenants],
})
export class TenantsModule {}
