import { Module } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from './upstream.js';

@Module({
  providers: [
    { provide: Upstream, inject: [Metrics], useFactory: (metrics: Metrics) => new Upstream(metrics) },
  ],
  exports: [Upstream],
})
export class UpstreamModule {}
