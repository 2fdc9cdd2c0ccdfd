import { DynamicModule, Module } from '@nestjs/common';
import { ISSUER } from '../contract/issuer.js';
import { Database } from '../database/database.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Grants } from './grants.js';
import { KeyRing } from './key-ring.js';
import { KeyStore } from './key-store.js';
import { Pseudonyms } from './pseudonyms.js';
import { Sealer } from './sealer.js';
import { SigningKeys } from './signing-keys.js';

@Module({})
export class GrantsModule {
  /** @param options.keyEncryptionKey 32 bytes: opens the keys kept in Postgres */
  static forRoot({ keyEncryptionKey }: { keyEncryptionKey: Uint8Array }): DynamicModule {
    return {
      module: GrantsModule,
      global: true,
      providers: [
        {
          provide: KeyRing,
          inject: [Database, LOGGER],
          useFactory: async (database: Database, logger: Logger): Promise<KeyRing> => {
            const ring = new KeyRing(new KeyStore(database, keyEncryptionKey), logger);
            await ring.ensure(['access-token', 'at-rest', 'subject', 'oidc']);
            return ring.watch();
          },
        },
        {
          provide: Grants,
          inject: [KeyRing, ISSUER, Metrics],
          useFactory: (ring: KeyRing, issuer: string, metrics: Metrics) => new Grants(ring, issuer, metrics),
        },
        { provide: Sealer, inject: [KeyRing], useFactory: (ring: KeyRing) => new Sealer(ring) },
        { provide: SigningKeys, inject: [KeyRing], useFactory: (ring: KeyRing) => new SigningKeys(ring) },
        { provide: Pseudonyms, inject: [KeyRing], useFactory: (ring: KeyRing) => new Pseudonyms(ring) },
      ],
      exports: [KeyRing, Grants, Sealer, SigningKeys, Pseudonyms],
    };
  }
}
