import { Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { Database } from '../database/database.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Ledger } from './ledger.js';

@Module({
  providers: [
    {
      provide: Ledger,
      inject: [Database, CONFIG, Metrics, LOGGER],
      useFactory: (database: Database, { ledger }: AppConfig, metrics: Metrics, logger: Logger) =>
        Ledger.open(database, ledger, metrics, logger),
    },
  ],
  exports: [Ledger],
})
export class LedgerModule {}
