import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What must be found nowhere, and where it was found. */
export interface Find {
  readonly canary: string;
  readonly spelling: string;
  readonly place: string;
}

/** A secret that is known by its look, should it ever be found. */
const canarySecret = (): string => `cnry-${randomBytes(24).toString('base64url')}`;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Every way a text may be spelled in a file, a line or a dump. */
function spellings(text: string): [string, string][] {
  const bytes = Buffer.from(text);
  return [
    ['as it is', text],
    ['percent-encoded', encodeURIComponent(text)],
    ['base64', bytes.toString('base64').replace(/=+$/, '')],
    ['base64url', bytes.toString('base64url')],
    ['hex', bytes.toString('hex')],
  ];
}

/** A phone number with '+', without, and the SHA-256 of both as they are sent and as they may be kept. */
function numberSpellings(number: string): [string, string][] {
  const forms = [number, number.replace('+', '')];
  const hashes = forms.map(digest).flatMap((hash): [string, string][] => [
    ['SHA-256, hex', hash.toString('hex')],
    ['SHA-256, upper case', hash.toString('hex').toUpperCase()],
    ['SHA-256, base64', hash.toString('base64').replace(/=+$/, '')],
    ['SHA-256, base64url', hash.toString('base64url')],
  ]);
  return [...forms.flatMap(spellings), ...hashes];
}

/** Numbers and secrets that go through every flow, and the search for them afterwards. */
export class Canaries {
  private readonly known = new Map<string, readonly [string, string][]>();
  /** How many there are of each kind. */
  readonly counts = { numbers: 0, secrets: 0, addresses: 0 };

  number(number: string): string {
    return this.add('numbers', number, numberSpellings(number));
  }

  secret(secret = canarySecret()): string {
    return this.add('secrets', secret, spellings(secret));
  }

  /** Of a device. Not sought as part of another address. */
  address(ip: string): string {
    return this.add('addresses', ip, [['as it is', ip]]);
  }

  /** @returns where any of them stands in a text, in any spelling */
  in(place: string, text: string): Find[] {
    const finds: Find[] = [];
    for (const [canary, ways] of this.known) {
      for (const [spelling, sought] of ways) {
        if (contains(text, sought)) finds.push({ canary, spelling, place });
      }
    }
    return finds;
  }

  /** The same in every file of a folder, whatever its type. */
  async inFolder(folder: string): Promise<{ finds: Find[]; files: number }> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const finds: Find[] = [];
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      finds.push(...this.in(path, await readFile(path, 'latin1')));
    }
    return { finds, files: files.length };
  }

  private add(kind: keyof Canaries['counts'], canary: string, ways: readonly [string, string][]): string {
    if (!this.known.has(canary)) this.counts[kind]++;
    this.known.set(canary, ways);
    return canary;
  }
}

/** Digits beside digits are another number: `10.31.0.1` is not in `10.31.0.12`. */
function contains(text: string, sought: string): boolean {
  const digits = /^[\d.]+$/.test(sought);
  for (let at = text.indexOf(sought); at !== -1; at = text.indexOf(sought, at + 1)) {
    if (!digits) return true;
    const around = `${text[at - 1] ?? ' '}${text[at + sought.length] ?? ' '}`;
    if (!/\d/.test(around)) return true;
  }
  return false;
}
