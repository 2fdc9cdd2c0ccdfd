import { Global, Module } from '@nestjs/common';
import { AppConfig, CONFIG } from '../config/config.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Limits } from './limits.js';
import { connectRedis } from './redis-client.js';
import { RedisLine } from './redis-line.js';
import { Shedding } from './shedding.js';
import { SharedCounters } from './shared-counters.js';
import { USAGE_COUNTS, UsageCounts } from './usage-counts.js';
import { UsageReading } from './usage-reading.js';

/** Nobody keeps usage records: quotas start from zero with the process. */
const NO_RECORDS: UsageCounts = { since: async () => new Map() };

/** Closed by Nest when the process stops. */
class LimitsUpkeep {
  constructor(
    private readonly shared: SharedCounters | undefined,
    private readonly shedding: Shedding,
  ) {}

  onApplicationShutdown(): void {
    this.shared?.close();
    this.shedding.stop();
  }
}

const SHARED = Symbol('SharedCounters');

/** Limits count in memory, or with `redisUrl` for all replicas; {@link USAGE_COUNTS} may come from anywhere. */
@Global()
@Module({
  providers: [
    {
      provide: SHARED,
      inject: [CONFIG, Metrics, LOGGER],
      useFactory: ({ limits: { redisUrl } }: AppConfig, metrics: Metrics, logger: Logger) =>
        redisUrl && new SharedCounters(new RedisLine(connectRedis(redisUrl.reveal()), metrics, logger)),
    },
    {
      provide: Limits,
      inject: [CONFIG, Metrics, { token: SHARED, optional: true }],
      useFactory: ({ limits: { replicas } }: AppConfig, metrics: Metrics, shared?: SharedCounters) =>
        new Limits(metrics, { replicas, shared }),
    },
    {
      provide: Shedding,
      inject: [CONFIG, Metrics],
      useFactory: ({ limits: { maxInFlight } }: AppConfig, metrics: Metrics) =>
        new Shedding(metrics, maxInFlight),
    },
    {
      provide: UsageReading,
      inject: [Limits, LOGGER, { token: USAGE_COUNTS, optional: true }],
      useFactory: (limits: Limits, logger: Logger, usage: UsageCounts = NO_RECORDS) =>
        new UsageReading(limits, usage, logger),
    },
    {
      provide: LimitsUpkeep,
      inject: [{ token: SHARED, optional: true }, Shedding],
      useFactory: (shared: SharedCounters | undefined, shedding: Shedding) =>
        new LimitsUpkeep(shared, shedding),
    },
  ],
  exports: [Limits, Shedding],
})
export class LimitsModule {}
