import { Module } from '@nestjs/common';
import { Operators } from '../operators/operators.js';
import { CallLog } from '../telemetry/call-log.js';
import { Metrics } from '../telemetry/metrics.js';
import { BREAKER_DEFAULTS } from './breaker-settings.js';
import { Upstream } from './upstream.js';

@Module({
  providers: [
    {
      provide: Upstream,
      inject: [Metrics, CallLog, Operators],
      useFactory: (metrics: Metrics, calls: CallLog, operators: Operators) => {
        for (const { id, clientCertificate } of operators.all()) {
          if (clientCertificate) metrics.credentials.ends(id, 'mtls', clientCertificate.endsAt);
        }
        return new Upstream(metrics, BREAKER_DEFAULTS, calls);
      },
    },
  ],
  exports: [Upstream],
})
export class UpstreamModule {}
