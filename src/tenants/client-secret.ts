import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `test` reaches simulated operators only, `live` the others only. */
export type SecretMode = 'test' | 'live';

export interface MintedClientSecret {
  /** Shown once and never kept; what is kept is Macs.of('pepper', its UTF-8 bytes). */
  readonly secret: string;
  /** The part that finds the row; opens nothing. */
  readonly lookUp: string;
  /** By which people tell their secrets apart. */
  readonly lastFour: string;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LOOK_UP_BYTES = 12;
const SECRET_BYTES = 32;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^(nvk_(test|live)_([0-9A-Za-z]{17})_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * A new client secret: `nvk_test_<17 characters that find it>_<256 random bits in 43><checksum in 6>`. It says by
 * itself what it is, so that typing errors and secrets in source code are seen without a database.
 */
export function mintClientSecret(mode: SecretMode): MintedClientSecret {
  const lookUp = base62(randomBytes(LOOK_UP_BYTES), 17);
  const body = `nvk_${mode}_${lookUp}_${base62(randomBytes(SECRET_BYTES), 43)}`;
  const secret = `${body}${checksum(body)}`;
  return { secret, lookUp, lastFour: secret.slice(-4) };
}

/** @returns undefined for what we cannot have minted; says nothing about whether it is in force */
export function readClientSecret(text: string): { mode: SecretMode; lookUp: string } | undefined {
  const [, body, mode, lookUp, sum] = SHAPE.exec(text) ?? [];
  if (!body || !lookUp || checksum(body) !== sum) return undefined;
  return { mode: mode === 'live' ? 'live' : 'test', lookUp };
}

function checksum(body: string): string {
  return digits(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

function base62(bytes: Buffer, length: number): string {
  return digits(BigInt(`0x${bytes.toString('hex')}`), length);
}

function digits(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = DIGITS[Number(rest % 62n)]! + text;
  return text;
}
