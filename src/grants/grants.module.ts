import { DynamicModule, Module } from '@nestjs/common';
import { ISSUER } from '../contract/issuer.js';
import { Database } from '../database/database.js';
import { patiently } from '../database/patiently.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Grants } from './grants.js';
import { KeyEncryption, KeyEncryptionKeys } from './key-encryption.js';
import { KeyRing } from './key-ring.js';
import { KeySchedule } from './key-schedule.js';
import { KeyStore } from './key-store.js';
import { KeyUpkeep } from './key-upkeep.js';
import { Pseudonyms } from './pseudonyms.js';
import { Sealer } from './sealer.js';
import { SigningKeys } from './signing-keys.js';

@Module({})
export class GrantsModule {
  /** @param keys what opens the keys kept in Postgres */
  static forRoot(keys: KeyEncryptionKeys): DynamicModule {
    const encryption = new KeyEncryption(keys);
    return {
      module: GrantsModule,
      global: true,
      providers: [
        {
          provide: KeyRing,
          inject: [Database, LOGGER],
          useFactory: async (database: Database, logger: Logger): Promise<KeyRing> => {
            const ring = new KeyRing(new KeyStore(database, encryption), logger);
            await patiently(() => ring.ensure(['access-token', 'at-rest', 'subject', 'oidc']));
            return ring.watch();
          },
        },
        {
          provide: KeySchedule,
          inject: [Database, KeyRing, LOGGER],
          useFactory: (database: Database, ring: KeyRing, logger: Logger) =>
            new KeySchedule(new KeyUpkeep(database, encryption), ring, logger),
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
