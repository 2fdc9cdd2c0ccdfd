import { ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ThrottlerGuard, ThrottlerLimitDetail } from '@nestjs/throttler';
import { FastifyRequest } from 'fastify';
import { Metrics } from '../telemetry/metrics.js';
import { AdminRefusal } from './refusal.js';

/** So many requests per caller, whatever they ask for. */
@Injectable()
export class CallerThrottle extends ThrottlerGuard {
  @Inject(Metrics) private readonly metrics!: Metrics;

  protected override getTracker(request: Record<string, unknown>): Promise<string> {
    return Promise.resolve((request as unknown as FastifyRequest).principal!.id);
  }

  /** One count for all operations. */
  protected override generateKey(_context: ExecutionContext, tracker: string, name: string): string {
    return `${name}|${tracker}`;
  }

  protected override throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire, timeToExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    const retryAfterSeconds = Math.max(1, timeToBlockExpire > 0 ? timeToBlockExpire : timeToExpire);
    this.metrics.limits.decided('admin', 'deny', 'memory');
    return Promise.reject(new AdminRefusal('tooMany', { retryAfterSeconds }));
  }
}
