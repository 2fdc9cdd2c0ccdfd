import { Global, Module } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { Limits } from './limits.js';

@Global()
@Module({
  providers: [{ provide: Limits, inject: [Metrics], useFactory: (metrics: Metrics) => new Limits(metrics) }],
  exports: [Limits],
})
export class LimitsModule {}
