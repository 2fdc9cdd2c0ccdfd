import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshGrant } from '../../test/support/fresh-grant.js';
import { LedgerRig } from '../../test/support/ledger-rig.js';
import { LedgerUsageError, readLedgerCommand, runLedgerCommand } from './ledger-command.js';
import { prove } from './ledger-proofs.js';

const ID = '01890000-0000-7000-8000-000000000001';
const BOOT = '01890000-0000-4000-8000-000000000002';
const DAY_SECONDS = 86_400;

let rig: LedgerRig;
beforeEach(async () => {
  rig = await LedgerRig.create();
});
afterEach(() => rig.close());

const run = (...args: string[]): Promise<{ text: string; ok: boolean }> =>
  runLedgerCommand(readLedgerCommand(args), rig.observer, rig.journalDir);

async function findings(): Promise<string[]> {
  return (await prove(rig.observer, 3)).filter(({ finding }) => finding).map(({ name }) => name);
}

/** A call of days ago whose process was killed. @returns its id */
async function unknownCall(days: number): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000) - days * DAY_SECONDS;
  const entry = await (
    await rig.ledger()
  ).dispatch(freshGrant({ issuedAt }), { operation: 'verify', correlator: '' });
  const id = `${(issuedAt * 1000)
    .toString(16)
    .padStart(12, '0')
    .replace(/(.{8})/, '$1-')}-7${entry.id.slice(15)}`;
  await rig.observer.query('UPDATE usage_ledger SET id = $2, started_at = to_timestamp($3) WHERE id = $1', [
    entry.id,
    id,
    issuedAt,
  ]);
  return id;
}

describe('the check', () => {
  test('of a ledger in which all is well finds nothing', async () => {
    const ledger = await rig.ledger();
    const entry = await ledger.dispatch(freshGrant(), { operation: 'verify', correlator: '' });
    await ledger.settle(entry, Promise.resolve(true));
    await ledger.close();
    const { text, ok } = await run('check');
    expect(text).not.toMatch(/[✗·]/);
    expect(ok).toBe(true);
  });

  test.each([
    [
      'a gap in a journal',
      'gap in a journal',
      `(first_seq, last_seq, boot_id) VALUES (1, 5, $1), (7, 9, $1)`,
      'ledger_replayed',
    ],
    [
      'a journal whose beginning is missing',
      'gap in a journal',
      `(first_seq, last_seq, boot_id) VALUES (2, 9, $1)`,
      'ledger_replayed',
    ],
    [
      'an outcome without a row',
      'outcome without a row',
      `(id, issue_date, jti, boot_id, result, http_status, duration_ms) VALUES ($1, now(), 'x', $1, 'MATCH', 200, 1)`,
      'ledger_stray_outcomes',
    ],
    [
      'a double dispatch',
      'double dispatch, not reviewed',
      `SELECT $1, now(), 'x', $1, $1, $1, $1, $1, 'op', 'verify', 'dpv:x', '2.1', null, now()`,
      'ledger_double_dispatches',
    ],
  ] as const)('finds %s, until it has been reviewed', async (_, name, values, table) => {
    await rig.ledger();
    await rig.observer.query(`INSERT INTO ${table} ${values}`, [BOOT]);
    expect(await findings()).toEqual([name]);
    expect(await run('check')).toMatchObject({ ok: false });
    const first = values.includes('(2, 9') ? 2 : 7;
    const what = {
      ledger_replayed: 'gap',
      ledger_stray_outcomes: 'outcome',
      ledger_double_dispatches: 'double',
    };
    const id = table === 'ledger_replayed' ? `${BOOT}/${first}` : BOOT;
    expect(await run('review', what[table], id, 'seen', 'by me')).toEqual({
      text: '1 of 1 reviewed.',
      ok: true,
    });
    expect(await findings()).toEqual([]);
  });

  test('finds an id that stands twice', async () => {
    const ledger = await rig.ledger();
    for (let at = 0; at < 2; at++)
      await ledger.dispatch(freshGrant(), { operation: 'verify', correlator: '' });
    await rig.observer.query('UPDATE usage_ledger SET id = $1', [ID]);
    expect(await findings()).toEqual(['id that stands twice']);
  });

  test('finds that tomorrow has no partition', async () => {
    expect(await findings()).toEqual(['no partition for tomorrow']);
  });

  test('finds a damaged segment', async () => {
    await rig.ledger();
    mkdirSync(join(rig.journalDir, 'quarantine'));
    writeFileSync(join(rig.journalDir, 'quarantine', 'damaged.sealed'), '');
    expect(await run()).toMatchObject({
      ok: false,
      text: expect.stringContaining('damaged.sealed') as unknown,
    });
  });

  test('names an unknown outcome at once, and finds fault with it after 40 days', async () => {
    await unknownCall(1);
    expect(await run()).toMatchObject({ ok: true, text: expect.stringMatching(/· unknown/) as unknown });
    await unknownCall(41);
    expect(await findings()).toEqual(['unknown outcome, more than 40 days old']);
  });
});

describe('settling', () => {
  test('writes the outcome of unknown rows, and of no others', async () => {
    const [old, older] = [await unknownCall(3), await unknownCall(41)];
    const ledger = await rig.ledger();
    const fresh = await ledger.dispatch(freshGrant(), { operation: 'verify', correlator: '' });
    expect(await run('settle', 'MATCH', old, older, fresh.id)).toMatchObject({ ok: false });
    const { rows } = await rig.observer.query<object>(
      'SELECT id, result, billable, settled_at IS NOT NULL AS settled FROM usage_ledger ORDER BY started_at',
    );
    expect(rows).toEqual([
      { id: older, result: 'MATCH', billable: true, settled: true },
      { id: old, result: 'MATCH', billable: true, settled: true },
      { id: fresh.id, result: null, billable: null, settled: false },
    ]);
    expect(await run('settle', 'NO_MATCH', old)).toMatchObject({ ok: false });
  });

  test('as not called makes nothing billable', async () => {
    const id = await unknownCall(1);
    expect(await run('settle', 'NOT_CALLED', id)).toMatchObject({ ok: true });
    expect(await rig.rows()).toMatchObject([{ result: 'NOT_CALLED', billable: false }]);
  });
});

test.each([
  ['nonsense'],
  ['check', 'soon'],
  ['settle', 'YES', ID],
  ['settle', 'MATCH'],
  ['settle', 'MATCH', '1 or 1'],
  ['review', 'double', ID],
  ['review', 'gap', ID, 'note'],
  ['review', 'outcome', ID, '--billable', 'note'],
])('a command that makes no sense is refused: %s %s %s', (...args) => {
  expect(() => readLedgerCommand(args)).toThrow(LedgerUsageError);
});
