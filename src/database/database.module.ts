import { DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Database, Entity } from './database.js';

/** Global, and thereby closed last: other rooms write their last rows when the application stops. */
@Module({})
export class DatabaseModule {
  /** @param options.entities TypeORM entities of every room that has some */
  static forRoot(options: { url: string; entities: Entity[] }): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          inject: [LOGGER],
          useFactory: (logger: Logger) => Database.open({ ...options, logger }),
        },
        { provide: DataSource, inject: [Database], useFactory: (database: Database) => database.dataSource },
      ],
      exports: [Database, DataSource],
    };
  }
}
