import { z } from 'zod';
import { decodeBase64url } from './jwe.js';

const MAX_REMEMBERED = 32;

/** The protected header of our tokens. Closed: `crit`, `zip` and every other parameter are refused. */
const ProtectedHeader = z.strictObject({
  alg: z.literal('dir'),
  enc: z.literal('A256GCM'),
  kid: z.string().min(1).max(64),
  typ: z.literal('at+jwt').optional(),
  iss: z.string().optional(),
  aud: z.string().optional(),
});

export interface ReadHeader {
  readonly kid: string;
  /** The encoded header as it is authenticated (RFC 7516 §5.1, step 14). */
  readonly bytes: Buffer;
}

/** Reads protected headers. All tokens of one key carry the same: it is parsed once. */
export class ProtectedHeaders {
  private readonly remembered = new Map<string, ReadHeader>();

  constructor(private readonly ours: { iss: string; aud: string }) {}

  /** @returns undefined when no token of ours begins like this */
  read(encoded: string): ReadHeader | undefined {
    return this.remembered.get(encoded) ?? this.parse(encoded);
  }

  /** Only of a token that has opened, so that strangers cannot fill the memory. */
  remember(encoded: string, header: ReadHeader): void {
    if (this.remembered.has(encoded)) return;
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(encoded, header);
  }

  private parse(encoded: string): ReadHeader | undefined {
    try {
      const json: unknown = JSON.parse(decodeBase64url(encoded)?.toString('utf8') ?? '');
      const { kid, iss, aud } = ProtectedHeader.parse(json);
      const foreign = (iss ?? this.ours.iss) !== this.ours.iss || (aud ?? this.ours.aud) !== this.ours.aud;
      return foreign ? undefined : { kid, bytes: Buffer.from(encoded, 'ascii') };
    } catch {
      return undefined;
    }
  }
}
