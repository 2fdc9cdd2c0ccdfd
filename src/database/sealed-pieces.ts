import { KeyObject, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Secret } from '../contract/secret.js';
import { decrypt, encrypt, pack, unpack } from './aes-gcm.js';

const FILE_ID_BYTES = 16;
const LENGTH_BYTES = 4;

/** A key of its own for files: what is sealed with it is no message of the key-encryption key itself. */
export function fileKey(keyEncryptionKey: Secret): KeyObject {
  const secret = Buffer.from(keyEncryptionKey.reveal(), 'base64');
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'last-known-good', 32)));
}

/**
 * Writes JSON values one by one, each sealed for its place in this very file, and after the last one the time:
 * none of them can be changed, moved, left out or taken from another file.
 * @param place what the file is for; it opens as nothing else
 */
export async function sealPieces(
  file: FileHandle,
  key: KeyObject,
  place: string,
  pieces: Iterable<unknown>,
): Promise<void> {
  const id = randomBytes(FILE_ID_BYTES);
  await file.appendFile(id);
  let index = 0;
  const append = async (piece: unknown, last: boolean): Promise<void> => {
    const plain = Buffer.from(JSON.stringify(piece));
    const sealed = pack(encrypt(key, plain, additionalData(place, id, index++, last)));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    await file.appendFile(Buffer.concat([length, sealed]));
  };
  for (const piece of pieces) {
    await append(piece, false);
    await nextTurn();
  }
  await append(Date.now(), true);
}

/**
 * Hands out the values of such a file, in their order.
 * @param keys tried one after the other
 * @returns when it was written, in milliseconds since the epoch; undefined when a piece does not open or is missing
 */
export async function openPieces(
  file: Buffer,
  keys: readonly KeyObject[],
  place: string,
  take: (piece: unknown) => void,
): Promise<number | undefined> {
  const id = file.subarray(0, FILE_ID_BYTES);
  for (let at = FILE_ID_BYTES, index = 0; at + LENGTH_BYTES < file.length; index++) {
    const end = at + LENGTH_BYTES + file.readUInt32BE(at);
    const sealed = unpack(file.subarray(at + LENGTH_BYTES, end));
    const opened = (last: boolean): Buffer | undefined =>
      keys.reduce<Buffer | undefined>(
        (found, key) => found ?? decrypt(key, sealed, additionalData(place, id, index, last)),
        undefined,
      );
    const plain = opened(false);
    if (!plain) {
      const last = end === file.length ? opened(true) : undefined;
      return last && Number(last.toString());
    }
    take(JSON.parse(plain.toString()));
    await nextTurn();
    at = end;
  }
  return undefined;
}

function additionalData(place: string, id: Buffer, index: number, last: boolean): Buffer {
  return Buffer.from(`last-known-good|${place}|${id.toString('hex')}|${index}|${last ? 'last' : 'more'}`);
}
