import { SnapshotDraft } from './snapshot.draft.js';
import type { Credential, Snapshot, SnapshotKind, SnapshotRows } from './snapshot.js';

/** Which form the pieces have; another one is not read. */
export const FORM = 'tenants.1';

/** Rows a piece: few enough to be written in a millisecond or two. */
const ROWS = 250;

type StoredCredential = Omit<Credential, 'hash'> & { hash: string };

/** A snapshot as it is kept in a file, a few rows at a time: `[kind, rows]`. */
export function* piecesOf(snapshot: Snapshot): Generator<[SnapshotKind, unknown[]]> {
  const kinds: { readonly [K in SnapshotKind]: ReadonlyMap<string, SnapshotRows[K]> } = snapshot;
  for (const kind of KINDS) {
    let rows: unknown[] = [];
    for (const row of kinds[kind].values()) {
      if (rows.push(kind === 'credentials' ? stored(row as Credential) : row) < ROWS) continue;
      yield [kind, rows];
      rows = [];
    }
    if (rows.length > 0) yield [kind, rows];
  }
}

/** Puts one piece back. */
export function addPiece(draft: SnapshotDraft, piece: unknown): void {
  const [kind, rows] = piece as [SnapshotKind, never[]];
  for (const row of rows) draft.add(kind, kind === 'credentials' ? restored(row) : row);
}

const KINDS: readonly SnapshotKind[] = [
  'tenants',
  'applications',
  'subscriptions',
  'registrations',
  'credentials',
  'members',
  'operatorSettings',
];

function restored(credential: StoredCredential): Credential {
  return { ...credential, hash: Buffer.from(credential.hash, 'base64') };
}

function stored(credential: Credential): StoredCredential {
  return { ...credential, hash: credential.hash.toString('base64') };
}
