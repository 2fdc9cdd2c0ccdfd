import { Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { Operators } from '../operators/operators.js';
import { Metrics } from '../telemetry/metrics.js';
import { ClientAddresses } from './client-address.js';
import { Routing } from './routing.js';

@Module({
  providers: [
    {
      provide: Routing,
      inject: [Operators, Metrics],
      useFactory: (operators: Operators, metrics: Metrics) => new Routing(operators, metrics),
    },
    {
      provide: ClientAddresses,
      inject: [CONFIG],
      useFactory: (config: AppConfig) => new ClientAddresses(config.trustedProxies),
    },
  ],
  exports: [Routing, ClientAddresses],
})
export class RoutingModule {}
