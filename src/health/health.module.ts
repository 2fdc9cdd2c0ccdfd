import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Operators } from '../operators/operators.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { OperatorWindows } from './operator-windows.js';
import { Status } from './status.js';
import { StatusController } from './status.controller.js';
import { StatusRollup } from './status-rollup.js';

/** The public status; probes and metrics are served on the management port, before and beside Nest. */
@Module({
  controllers: [StatusController],
  providers: [
    {
      provide: OperatorWindows,
      inject: [Metrics],
      useFactory: ({ upstream }: Metrics) => new OperatorWindows(upstream.evidence),
    },
    {
      provide: StatusRollup,
      inject: [Database, OperatorWindows, Metrics, LOGGER],
      useFactory: (database: Database, windows: OperatorWindows, metrics: Metrics, logger: Logger) =>
        new StatusRollup(database, windows, metrics, logger),
    },
    {
      provide: Status,
      inject: [Operators, OperatorWindows],
      useFactory: (operators: Operators, windows: OperatorWindows) => new Status(operators, windows),
    },
  ],
})
export class HealthModule {}
