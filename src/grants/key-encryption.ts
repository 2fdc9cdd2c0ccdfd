import { KeyObject, createSecretKey } from 'node:crypto';
import { AppConfig, ConfigError } from '../config/config.js';
import { Secret } from '../contract/secret.js';
import { decrypt, encrypt, pack, unpack } from '../database/aes-gcm.js';

/**
 * The key-encryption keys of the environment, 32 bytes in base64. The current one seals and opens; the previous
 * one, or during its change the one to come, only opens.
 */
export type KeyEncryptionKeys = Partial<Pick<AppConfig, 'previousKeyEncryptionKey'>> & {
  keyEncryptionKey: Secret;
};

/** A key as it is kept: sealed, in the row it was sealed for. */
export interface SealedKey {
  readonly kid: string;
  readonly use: string;
  readonly sealed: Buffer;
}

type Opened = { material: Buffer; by: 'current' | 'previous' };

/** Seals the keys kept in Postgres. */
export class KeyEncryption {
  private readonly current: KeyObject;
  private readonly previous: KeyObject | undefined;

  constructor({ keyEncryptionKey, previousKeyEncryptionKey }: KeyEncryptionKeys) {
    this.current = imported(keyEncryptionKey);
    this.previous = previousKeyEncryptionKey && imported(previousKeyEncryptionKey);
  }

  /** @returns what opens in this row only */
  seal(row: Omit<SealedKey, 'sealed'>, material: Uint8Array): Buffer {
    return pack(encrypt(this.current, material, additionalData(row)));
  }

  /** @throws ConfigError when it was sealed with another key-encryption key, for another row, or has changed */
  open(row: SealedKey): Buffer {
    const opened = this.tryBoth(row);
    if (opened) return opened.material;
    throw new ConfigError(
      `KEY_ENCRYPTION_KEY: does not open key ${row.kid} (${row.use}) of this database. ` +
        'Give the value it was sealed with, here or as KEY_ENCRYPTION_KEY_PREVIOUS; ' +
        'allowed is 32 bytes in base64; given was [redacted]',
    );
  }

  /** @returns which of the two opens the row; undefined: neither does */
  sealedUnder(row: SealedKey): Opened['by'] | undefined {
    return this.tryBoth(row)?.by;
  }

  private tryBoth(row: SealedKey): Opened | undefined {
    const [sealed, aad] = [unpack(row.sealed), additionalData(row)];
    const material = decrypt(this.current, sealed, aad);
    if (material) return { material, by: 'current' };
    const earlier = this.previous && decrypt(this.previous, sealed, aad);
    return earlier && { material: earlier, by: 'previous' };
  }
}

function imported(key: Secret): KeyObject {
  return createSecretKey(Buffer.from(key.reveal(), 'base64'));
}

/** Ties a sealed key to its row: it opens under no other use and no other kid. */
function additionalData({ use, kid }: Omit<SealedKey, 'sealed'>): Buffer {
  return Buffer.from(`keys|${use}|${kid}`);
}
