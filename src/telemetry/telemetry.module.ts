import { DynamicModule, Module } from '@nestjs/common';
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
      ],
      exports: [LOGGER, Metrics],
    };
  }
}
