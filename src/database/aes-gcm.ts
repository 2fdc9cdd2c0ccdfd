import { KeyObject, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealed {
  iv: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}

/** AES-256-GCM with a random 96-bit nonce: at most 2^32 messages per key (NIST SP 800-38D), hence rotation. */
export function encrypt(key: KeyObject, plain: Uint8Array, aad: Uint8Array): Sealed {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

/** @returns undefined when key, additional data or any byte is not what was sealed */
export function decrypt(
  key: KeyObject,
  { iv, ciphertext, tag }: Sealed,
  aad: Uint8Array,
): Buffer | undefined {
  // The length is fixed here: GCM as such would take a tag of four bytes, which can be guessed.
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(aad)
    .setAuthTag(tag);
  const plain = decipher.update(ciphertext);
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** The three parts in one piece, as they are kept at rest: iv, ciphertext, tag. */
export function pack({ iv, ciphertext, tag }: Sealed): Buffer {
  return Buffer.concat([iv, ciphertext, tag]);
}

/** @returns parts of wrong length when the piece is too short; {@link decrypt} refuses those */
export function unpack(packed: Buffer): Sealed {
  return {
    iv: packed.subarray(0, IV_BYTES),
    ciphertext: packed.subarray(IV_BYTES, -TAG_BYTES),
    tag: packed.subarray(Math.max(IV_BYTES, packed.length - TAG_BYTES)),
  };
}
