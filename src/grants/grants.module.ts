import { DynamicModule, Module } from '@nestjs/common';
import { ISSUER } from '../contract/issuer.js';
import { Database } from '../database/database.js';
import { LastKnownGood } from '../database/last-known-good.js';
import { LOGGER, Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { Grants } from './grants.js';
import { KeyUse } from './key.js';
import { KeyEncryption, KeyEncryptionKeys } from './key-encryption.js';
import { KeyRing } from './key-ring.js';
import { KeySchedule } from './key-schedule.js';
import { KeyStore } from './key-store.js';
import { KeyUpkeep } from './key-upkeep.js';
import { Macs } from './macs.js';
import { Pseudonyms } from './pseudonyms.js';
import { Sealer } from './sealer.js';
import { SigningKeys } from './signing-keys.js';
import { Vault } from './vault.js';

const USES: readonly KeyUse[] = ['access-token', 'at-rest', 'vault', 'subject', 'pepper', 'audit', 'oidc'];

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
          inject: [Database, LastKnownGood, LOGGER],
          useFactory: async (database: Database, kept: LastKnownGood, logger: Logger): Promise<KeyRing> => {
            const ring = new KeyRing(new KeyStore(database, encryption, kept), logger);
            await database.startWith(
              () => ring.ensure(USES),
              () => ring.recall(USES),
            );
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
        { provide: Vault, inject: [KeyRing], useFactory: (ring: KeyRing) => new Vault(ring) },
        { provide: Macs, inject: [KeyRing], useFactory: (ring: KeyRing) => new Macs(ring) },
        { provide: SigningKeys, inject: [KeyRing], useFactory: (ring: KeyRing) => new SigningKeys(ring) },
        { provide: Pseudonyms, inject: [KeyRing], useFactory: (ring: KeyRing) => new Pseudonyms(ring) },
      ],
      exports: [KeyRing, Grants, Sealer, Vault, Macs, SigningKeys, Pseudonyms],
    };
  }
}
