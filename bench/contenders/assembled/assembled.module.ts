import { Agent } from 'node:http';
import { HttpModule } from '@nestjs/axios';
import { DynamicModule, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { AssembledOptions, OPTIONS } from './assembled.options.js';
import { HttpMetricsInterceptor } from './http-metrics.interceptor.js';
import { JwtStrategy } from './jwt.strategy.js';
import { VerifyController } from './verify.controller.js';
import { VerifyService } from './verify.service.js';

export class AssembledModule {
  static of(options: AssembledOptions): DynamicModule {
    return {
      module: AssembledModule,
      imports: [
        PassportModule,
        // The default storage scans its window on each hit: a window of one second is the kindest choice.
        ThrottlerModule.forRoot([{ ttl: 1_000, limit: 1_000_000 }]),
        HttpModule.register({
          baseURL: options.operatorUrl,
          timeout: 2_500,
          maxRedirects: 0,
          httpAgent: new Agent({ keepAlive: true }),
        }),
      ],
      controllers: [VerifyController],
      providers: [
        { provide: OPTIONS, useValue: options },
        JwtStrategy,
        VerifyService,
        { provide: APP_GUARD, useClass: ThrottlerGuard },
        { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
        { provide: APP_INTERCEPTOR, useClass: HttpMetricsInterceptor },
      ],
    };
  }
}
