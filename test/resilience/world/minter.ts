import { randomUUID } from 'node:crypto';
import { Grant } from '../../../src/contract/grant.js';
import { Secret } from '../../../src/contract/secret.js';
import { Database } from '../../../src/database/database.js';
import { Grants } from '../../../src/grants/grants.js';
import { KeyEncryption } from '../../../src/grants/key-encryption.js';
import { KeyRing } from '../../../src/grants/key-ring.js';
import { KeyStore } from '../../../src/grants/key-store.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { operatorToken } from '../truth.js';
import { PURPOSE, SeededTenant } from './seed-tenants.js';

export interface Mintage {
  readonly jti: string;
  readonly tenant: SeededTenant;
  readonly operatorId: string;
  readonly scope: string;
  /** Seconds since the epoch; a little before now unless given. */
  readonly issuedAt?: number;
}

const LIFETIME_SECONDS = 300;
/** As the authorization server does: a gateway whose clock is a little behind must not refuse. */
const BACKDATED_SECONDS = 10;

/** Seals access tokens with the gateways' own keys, at microseconds each, without a sign-in. */
export class Minter {
  private constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly grants: Grants,
    private readonly seed: string,
  ) {}

  static async open(options: {
    databaseUrl: string;
    keyEncryptionKey: string;
    issuer: string;
    seed: string;
  }): Promise<Minter> {
    const logger = createLogger('warn');
    const database = await Database.open({ url: options.databaseUrl, entities: [], logger });
    const encryption = new KeyEncryption({ keyEncryptionKey: new Secret(options.keyEncryptionKey) });
    const ring = new KeyRing(new KeyStore(database, encryption), logger);
    await ring.ensure(['access-token']);
    return new Minter(database, ring, new Grants(ring, options.issuer, new Metrics()), options.seed);
  }

  token({ jti, tenant, operatorId, scope, issuedAt = freshly() }: Mintage): string {
    return this.grants.seal({
      tenantId: tenant.tenantId,
      applicationId: tenant.applicationId,
      clientId: tenant.clientId,
      subscriptionId: tenant.subscriptionId,
      operatorId,
      registrationId: tenant.registrations[operatorId]!,
      scopes: [scope],
      purpose: PURPOSE,
      amr: [],
      subject: randomUUID(),
      jti,
      issuedAt,
      expiresAt: issuedAt + LIFETIME_SECONDS,
      operatorToken: operatorToken(this.seed, jti),
    } satisfies Grant);
  }

  /** What a token carries, for those that came from a sign-in. */
  open(token: string, scope: Parameters<Grants['open']>[1]): Grant {
    return this.grants.open(`Bearer ${token}`, scope);
  }

  /** Reads the key ring again, after a rotation. */
  refresh(): Promise<void> {
    return this.ring.refresh();
  }

  async close(): Promise<void> {
    await this.ring.onApplicationShutdown();
    await this.database.close();
  }
}

function freshly(): number {
  return Math.floor(Date.now() / 1_000) - BACKDATED_SECONDS;
}
