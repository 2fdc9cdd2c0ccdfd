import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Ledger } from './ledger.js';

@Module({
  providers: [
    {
      provide: Ledger,
      inject: [Database, Metrics, LOGGER],
      useFactory: (database: Database, metrics: Metrics, logger: Logger) =>
        Ledger.open(database, metrics, logger),
    },
  ],
  exports: [Ledger],
})
export class LedgerModule {}
