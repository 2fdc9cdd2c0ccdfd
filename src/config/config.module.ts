import { DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService, registerAs } from '@nestjs/config';
import { AppConfig, CONFIG } from './config.js';

const NAMESPACE = 'gateway';

/** Hands the one frozen configuration object to every room, by its token {@link CONFIG}. */
@Module({})
export class AppConfigModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: AppConfigModule,
      global: true,
      imports: [
        ConfigModule.forRoot({
          ignoreEnvFile: true,
          cache: true,
          load: [registerAs(NAMESPACE, () => config)],
        }),
      ],
      providers: [
        {
          provide: CONFIG,
          inject: [ConfigService],
          useFactory: (service: ConfigService): AppConfig => service.getOrThrow<AppConfig>(NAMESPACE),
        },
      ],
      exports: [CONFIG],
    };
  }
}
