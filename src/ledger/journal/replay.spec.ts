import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { freshGrant } from '../../../test/support/fresh-grant.js';
import { JournalRig, intent, outcome } from '../../../test/support/journal-rig.js';
import { LedgerRig } from '../../../test/support/ledger-rig.js';
import { LedgerEntry, ledgerEntry } from '../ledger-entry.js';

let rig: JournalRig;
let ledger: LedgerRig;
beforeEach(async () => {
  rig = await JournalRig.create();
  ledger = await LedgerRig.create();
});
afterEach(async () => {
  await rig.close();
  await ledger.close();
});

const fresh = (over = {}): LedgerEntry => ledgerEntry(freshGrant(over), 'verify', 'order-17');

/** A process that made these calls, in as many segments, and ended. @returns the paths of the segments */
async function left(...segments: LedgerEntry[][]): Promise<string[]> {
  const { journal, directory } = rig.journal();
  for (const entries of segments) {
    await Promise.all(
      entries.flatMap((entry) => [journal.append(intent(entry)), journal.append(outcome(entry))]),
    );
    await journal.seal();
  }
  await directory.close();
  return (await directory.replayable()).map(({ path }) => path);
}

const segments = (): string[] => readdirSync(rig.folder).filter((name) => name.endsWith('.sealed'));
const replay = (): Promise<void> => rig.replay(ledger.observer).run();
const runs = async (): Promise<object[]> =>
  (
    await ledger.observer.query<object>(
      'SELECT first_seq::int, last_seq::int FROM ledger_replayed ORDER BY 1',
    )
  ).rows;

/** The answer to its first commit is lost. */
function deafOnce(pool: Pool): Pool {
  let deaf = true;
  const connect = async (): Promise<object> => {
    const client = await pool.connect();
    const query = async (text: string, ...values: unknown[]): Promise<unknown> => {
      const answer: unknown = await (client.query as (...args: unknown[]) => unknown)(text, ...values);
      if (!deaf || text !== 'COMMIT') return answer;
      deaf = false;
      throw new Error('Query read timeout');
    };
    return { query, release: (error?: boolean) => client.release(error) };
  };
  return { connect, query: pool.query.bind(pool) } as unknown as Pool;
}

describe('a replay', () => {
  test('whose commit was not heard of counts its lines as brought in the next time', async () => {
    const process = rig.journal();
    await Promise.all(Array.from({ length: 20 }, () => process.journal.append(intent(fresh()))));
    const runs = rig.replay(deafOnce(ledger.observer), process);
    await expect(runs.run()).rejects.toThrow('Query read timeout');
    expect(process.journal.backlog.lines).toBe(20);
    expect(await ledger.rows()).toHaveLength(20);
    await process.journal.append(intent(fresh()));
    await runs.run();
    expect(process.journal.backlog.lines).toBe(0);
    expect(await ledger.rows()).toHaveLength(21);
  });

  test('makes a row of each call, with all that was recorded, and deletes the segments', async () => {
    const entries = Array.from({ length: 1_200 }, () => fresh());
    await left(entries.slice(0, 700), entries.slice(700));
    await replay();
    const rows = await ledger.rows();
    expect(rows).toHaveLength(1_200);
    const [row] = rows.filter(({ id }) => id === entries[3]!.id);
    expect(row).toMatchObject({
      jti: entries[3]!.grant.jti,
      correlator: 'order-17',
      result: 'MATCH',
      duration_ms: 12,
    });
    expect(segments()).toEqual([]);
    expect(await runs()).toEqual([{ first_seq: 1, last_seq: 2_400 }]);
  });

  test('D17: of a segment that stands there twice, or comes back later, each line comes in once', async () => {
    const [path] = await left([fresh(), fresh()]);
    copyFileSync(path!, path!.replace('.sealed', ' (copy).sealed'));
    const later = join(rig.folder, '..', `${Date.now()}-later.sealed`);
    copyFileSync(path!, later);
    await replay();
    expect(segments()).toEqual([]);
    copyFileSync(later, path!);
    await replay();
    expect(await ledger.rows()).toHaveLength(2);
    expect(await rig.value('journal_replayed_total{result="inserted"}')).toBe(2);
    expect(await rig.value('journal_replayed_total{result="double_dispatch"}')).toBe(0);
  });

  test('D17: around a damaged line everything comes in, the segment is kept, and the gap shows', async () => {
    const entries = Array.from({ length: 5 }, () => fresh());
    const [path] = await left(entries);
    const intact = readFileSync(path!);
    const damaged = Buffer.from(intact);
    const third = intact.indexOf('\n', intact.indexOf('\n') + 1) + 1;
    damaged[third + 60]! ^= 4;
    writeFileSync(path!, damaged);
    await replay();
    expect(await ledger.rows()).toHaveLength(4);
    expect(await rig.value('journal_corrupt_total')).toBe(1);
    expect(
      readFileSync(join(rig.folder, 'quarantine', readdirSync(join(rig.folder, 'quarantine'))[0]!)),
    ).toEqual(damaged);
    expect(await runs()).toEqual([
      { first_seq: 1, last_seq: 2 },
      { first_seq: 4, last_seq: 10 },
    ]);
    // Its outcome has no row: it is kept.
    const strays = await ledger.observer.query<{ id: string }>('SELECT id FROM ledger_stray_outcomes');
    expect(strays.rows).toEqual([{ id: entries[1]!.id }]);
    // The intact segment, found in a backup: what was missing comes in.
    writeFileSync(path!, intact);
    await replay();
    expect(await ledger.rows()).toHaveLength(5);
  });

  test('a torn tail does not keep the lines before it out', async () => {
    const [path] = await left([fresh(), fresh(), fresh()]);
    writeFileSync(path!, readFileSync(path!).subarray(0, -20));
    await replay();
    const results = (await ledger.rows()).map(({ result }) => result ?? 'unknown');
    expect(results.sort()).toEqual(['MATCH', 'MATCH', 'unknown']);
  });

  test('lines that are in no segment are counted as lost, and damaged ones are not counted twice', async () => {
    const [first, second] = await left([fresh(), fresh()], [fresh()], [fresh()]);
    writeFileSync(first!, readFileSync(first!).subarray(0, -20));
    rmSync(second!);
    await replay();
    expect(await rig.value('journal_corrupt_total')).toBe(1);
    expect(await rig.value('lost_rows_total')).toBe(2);
    expect(await runs()).toEqual([
      { first_seq: 1, last_seq: 3 },
      { first_seq: 7, last_seq: 8 },
    ]);
  });

  test('a released call leaves no row, also when its row stood before, and its token may stand again', async () => {
    const { journal, directory } = rig.journal();
    const [before, within, again] = [fresh(), fresh(), fresh()];
    const later = { ...again, id: fresh().id };
    for (const record of [intent(before), intent(within), { phase: 'released', entry: within }] as const) {
      await journal.append(record);
    }
    await journal.append(intent(again));
    await journal.seal();
    await journal.append({ phase: 'released', entry: before });
    await journal.append({ phase: 'released', entry: again });
    await journal.append(intent(later));
    await directory.close();
    await journal.seal();
    await replay();
    expect((await ledger.rows()).map(({ id }) => id)).toEqual([later.id]);
  });

  test('a row that Postgres refuses does not keep the others out', async () => {
    const poison = { ...fresh(), operation: 'sing' as 'verify' };
    await left([fresh(), poison, fresh()]);
    await replay();
    expect(await ledger.rows()).toHaveLength(2);
    expect(await rig.value('journal_corrupt_total')).toBe(1);
    expect(await rig.value('lost_rows_total')).toBe(0);
    expect(segments()).toEqual([]);
  });

  test('that is to be gentle rests for as long as each batch took', async () => {
    await left([fresh()], [fresh()]);
    await ledger.observer.query(`
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON ledger_replayed FOR EACH STATEMENT EXECUTE FUNCTION slow()`);
    const began = performance.now();
    await rig.replay(ledger.observer).run(true);
    // Two batches of 200 ms, and two rests; timers may be a millisecond early.
    expect(performance.now() - began).toBeGreaterThan(790);
    expect(await ledger.rows()).toHaveLength(2);
  });

  test('goes on after a failure where it stopped', async () => {
    const entries = Array.from({ length: 600 }, () => fresh());
    await left(entries);
    await ledger.observer.query('ALTER TABLE ledger_replayed ADD CONSTRAINT x CHECK (last_seq < 600)');
    await ledger.observer.query('ALTER TABLE usage_ledger RENAME COLUMN jti TO other');
    await expect(replay()).rejects.toThrow();
    expect(segments()).toHaveLength(1);
    await ledger.observer.query('ALTER TABLE usage_ledger RENAME COLUMN other TO jti');
    await ledger.observer.query('ALTER TABLE ledger_replayed DROP CONSTRAINT x');
    await replay();
    expect(await ledger.rows()).toHaveLength(600);
  });

  test('of two processes at one folder never brings a row in twice or a released one back', async () => {
    const { journal, directory } = rig.journal();
    const kept = Array.from({ length: 800 }, () => fresh());
    const gone = Array.from({ length: 200 }, () => fresh());
    for (const entry of [...gone, ...kept]) await journal.append(intent(entry));
    await journal.seal();
    for (const entry of gone) await journal.append({ phase: 'released', entry });
    await journal.seal();
    await directory.close();
    const both = [rig.replay(ledger.observer), rig.replay(ledger.observer)];
    await Promise.all(both.map((one) => one.run()));
    expect((await ledger.rows()).map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
    expect(segments()).toEqual([]);
  });
});
