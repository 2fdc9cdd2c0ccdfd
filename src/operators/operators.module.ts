import { DynamicModule, Module } from '@nestjs/common';
import { Operators } from './operators.js';

@Module({})
export class OperatorsModule {
  /** Operators are read before Nest starts: a wrong manifest must stop the boot with its own message. */
  static forRoot({ operators }: { operators: Operators }): DynamicModule {
    return {
      module: OperatorsModule,
      global: true,
      providers: [{ provide: Operators, useValue: operators }],
      exports: [Operators],
    };
  }
}
