import { DynamicModule, Module } from '@nestjs/common';
import { CallLog } from './call-log.js';
import { LOGGER, Logger } from './logger.js';
import { Metrics } from './metrics.js';

@Module({})
export class TelemetryModule {
  static forRoot(logger: Logger, metrics: Metrics): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: Metrics, useValue: metrics },
        { provide: CallLog, useValue: new CallLog(logger) },
      ],
      exports: [LOGGER, Metrics, CallLog],
    };
  }
}
