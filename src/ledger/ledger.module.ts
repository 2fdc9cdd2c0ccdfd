import { Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { Database } from '../database/database.js';
import { CallLog } from '../telemetry/call-log.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { CallTraces } from './call-traces.js';
import { Ledger } from './ledger.js';
import { tracePool } from './ledger-pools.js';

@Module({
  providers: [
    {
      provide: Ledger,
      inject: [Database, CONFIG, Metrics, LOGGER],
      useFactory: (database: Database, { ledger }: AppConfig, metrics: Metrics, logger: Logger) =>
        Ledger.open(database, ledger, metrics, logger),
    },
    {
      provide: CallTraces,
      inject: [Database, CONFIG, Metrics, LOGGER, CallLog],
      useFactory: (
        database: Database,
        { ledger }: AppConfig,
        metrics: Metrics,
        logger: Logger,
        calls: CallLog,
      ) => {
        const traces = new CallTraces(tracePool(database), ledger.traces, metrics.traces, logger);
        calls.onEnd((ended) => traces.add(ended));
        return traces;
      },
    },
  ],
  exports: [Ledger],
})
export class LedgerModule {}
