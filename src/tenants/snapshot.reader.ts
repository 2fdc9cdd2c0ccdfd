import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { SnapshotDraft } from './snapshot.draft.js';
import { SNAPSHOT_TABLES } from './snapshot.tables.js';
import type { SnapshotKind, SnapshotRows } from './snapshot.js';

/** Which state of the tables. */
export interface Revision {
  /** Another one, and a higher number, after every committed change. */
  readonly revision: string;
  /** How long ago it was made, by the database's clock. */
  readonly movedSecondsAgo: number;
}

/** A row as it is asked for, and which transaction wrote it. */
type Written<T = object> = T & { readonly written: string };
type Row = SnapshotRows[SnapshotKind];

const REVISION = `SELECT revision, extract(epoch FROM clock_timestamp() - moved_at)::double precision
  AS "movedSecondsAgo" FROM tenants_revision`;

/** Rows a fetch: what arrives at once is also dealt with at once, while no call is served. */
const ROWS = 250;
/** The same of ids alone. */
const IDS = 1_000;

export async function readRevision(pool: Pool | PoolClient): Promise<Revision> {
  const { rows } = await pool.query<Revision>(REVISION);
  return rows[0]!;
}

/**
 * Reads everything as of one moment, by plain pg and a few rows at a time: ten thousand tenants must load
 * without any call having to wait for it.
 * @param known what was read of this very database before: of it, only what has changed since is read
 */
export async function readSnapshot(
  pool: Pool,
  known?: SnapshotDraft,
): Promise<Revision & { snapshot: SnapshotDraft }> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const revision = await readRevision(client);
    const snapshot = new SnapshotDraft();
    for (const kind of Object.keys(SNAPSHOT_TABLES) as SnapshotKind[]) {
      if (known) await readChanged(client, kind, known, snapshot);
      else await readAll(client, kind, snapshot);
    }
    await client.query('COMMIT');
    return { ...revision, snapshot };
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.release(failure);
  }
}

async function readAll(client: PoolClient, kind: SnapshotKind, snapshot: SnapshotDraft): Promise<void> {
  const { id, written, columns, from } = SNAPSHOT_TABLES[kind];
  const everything = `SELECT ${written} AS written, ${columns} FROM ${from} ORDER BY ${id}`;
  for await (const rows of pages<Written<Row>>(client, kind, everything, ROWS)) {
    for (const { written: by, ...row } of rows) snapshot.add(kind, row, by);
  }
}

/**
 * The same with what is known: an unchanged row stays the object it was. To make ten thousands of objects anew
 * costs less time than it then costs to have the old ones collected, all at once.
 */
async function readChanged(
  client: PoolClient,
  kind: SnapshotKind,
  known: SnapshotDraft,
  snapshot: SnapshotDraft,
): Promise<void> {
  const { id, written, columns, from } = SNAPSHOT_TABLES[kind];
  const ids = `SELECT ${id} AS id, ${written} AS written FROM ${from} ORDER BY ${id}`;
  const [old, oldWritten] = [known.rows(kind), known.written[kind]];
  for await (const page of pages<Written<{ id: string }>>(client, kind, ids, IDS)) {
    const changed = page.filter((row) => oldWritten.get(row.id) !== row.written);
    const read = new Map<string, Row>();
    for (let at = 0; at < changed.length; at += ROWS) {
      const { rows } = await client.query<Row & { rowId: string }>(
        `SELECT ${id} AS "rowId", ${columns} FROM ${from} AND ${id} = ANY($1)`,
        [changed.slice(at, at + ROWS).map((row) => row.id)],
      );
      for (const { rowId, ...row } of rows) read.set(rowId, row);
    }
    for (const row of page) {
      const fresh = read.get(row.id);
      if (fresh) snapshot.add(kind, fresh, row.written);
      else snapshot.add(kind, old.get(row.id)!, oldWritten.get(row.id));
    }
  }
}

/** What a query gives, page by page, with room for other work in between. */
async function* pages<T extends object>(
  client: PoolClient,
  name: string,
  query: string,
  size: number,
): AsyncGenerator<T[]> {
  await client.query(`DECLARE ${name} NO SCROLL CURSOR FOR ${query}`);
  for (let more = true; more; await nextTurn()) {
    const { rows } = await client.query<T>(`FETCH ${size} FROM ${name}`);
    yield rows;
    more = rows.length === size;
  }
  await client.query(`CLOSE ${name}`);
}
