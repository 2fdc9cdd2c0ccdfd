import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freshGrant } from '../../test/support/fresh-grant.js';
import { LedgerRig } from '../../test/support/ledger-rig.js';
import { dropOldUsage } from './retention.js';

let rig: LedgerRig;
beforeEach(async () => {
  rig = await LedgerRig.create();
});
afterEach(() => rig.close());

const make = (months: number, days: number) =>
  rig.observer.query(
    `SELECT make_usage_ledger_partitions(day, day)
     FROM (SELECT ((now() AT TIME ZONE 'UTC')::date - make_interval(months => $1, days => $2))::date AS day) d`,
    [months, days],
  );

const partitions = async (): Promise<number> =>
  (await rig.observer.query("SELECT FROM pg_class WHERE relname ~ '^usage_ledger_[0-9]+$'")).rows.length;

test('usage is deleted day by day once it is older than the retention, and not a day before', async () => {
  await make(13, 1);
  await make(13, 2);
  await make(13, 0);
  await rig.observer.query(
    `INSERT INTO ledger_replayed (boot_id, first_seq, last_seq, replayed_at)
     VALUES (gen_random_uuid(), 1, 2, now() - interval '14 months'), (gen_random_uuid(), 1, 2, now())`,
  );
  expect(await dropOldUsage(rig.observer, 13)).toHaveLength(2);
  expect(await partitions()).toBe(1);
  expect((await rig.observer.query('SELECT FROM ledger_replayed')).rows).toHaveLength(1);
  expect(await dropOldUsage(rig.observer, 13)).toEqual([]);
});

test('calls go on while a day is taken away', async () => {
  const ledger = await rig.ledger();
  for (let day = 1; day <= 5; day++) await make(13, day);
  const state = { dropping: true };
  const dropped = dropOldUsage(rig.observer, 13).finally(() => (state.dropping = false));
  let calls = 0;
  for (; state.dropping; calls++) {
    await ledger.dispatch(freshGrant(), { operation: 'verify', correlator: '' });
  }
  expect(await dropped).toHaveLength(5);
  expect(await rig.rows()).toHaveLength(calls);
});

test('what an attempt has detached but not deleted goes at the next one', async () => {
  await make(14, 1);
  const { rows } = await rig.observer.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relname ~ '^usage_ledger_[0-9]+$'",
  );
  await rig.observer.query(`ALTER TABLE usage_ledger DETACH PARTITION ${rows[0]!.name}`);
  expect(await dropOldUsage(rig.observer, 13)).toEqual([rows[0]!.name]);
  expect(await partitions()).toBe(0);
});

test('of many processes one does it', async () => {
  const holder = await rig.observer.connect();
  await holder.query("SELECT pg_advisory_lock(hashtextextended('usage retention', 0))");
  await make(14, 1);
  expect(await dropOldUsage(rig.observer, 13)).toBeUndefined();
  expect(await partitions()).toBe(1);
  holder.release(true);
});

test('partitions made from now on have the index by correlator', async () => {
  await make(0, 0);
  const { rows } = await rig.observer.query<{ indexdef: string }>(
    "SELECT indexdef FROM pg_indexes WHERE tablename ~ '^usage_ledger_[0-9]+$' AND indexdef ~ 'correlator'",
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]!.indexdef).toMatch(/btree \(correlator\) WHERE \(correlator IS NOT NULL\)/);
  const attached = await rig.observer.query(
    "SELECT FROM pg_inherits WHERE inhparent = 'usage_ledger_by_correlator'::regclass",
  );
  expect(attached.rows).toHaveLength(1);
});
