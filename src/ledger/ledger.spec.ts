import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LedgerRig, freshGrant, tally } from '../../test/support/ledger-rig.js';
import { Problem } from '../contract/problem.js';
import { Ledger } from './ledger.js';

const CALL = { operation: 'verify', correlator: 'order-17' } as const;
const DAY_SECONDS = 86_400;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const wrong = (problem: Problem | Error) => (): Promise<boolean> => Promise.reject(problem);

let rig: LedgerRig;
let ledger: Ledger;
beforeEach(async () => {
  rig = await LedgerRig.create();
  ledger = await rig.ledger();
});
afterEach(() => rig.close());

describe('dispatch', () => {
  test('of 100 concurrent calls with one token exactly one is dispatched', async () => {
    const grant = freshGrant();
    const calls = Array.from({ length: 100 }, () => ledger.dispatch(grant, CALL));
    expect(await tally(calls)).toEqual({ done: 1, tokenInvalid: 99 });
    expect(await rig.rows()).toHaveLength(1);
  });

  test('of 64 concurrent calls in each of two processes exactly one is dispatched', async () => {
    const other = await rig.ledger();
    for (let round = 0; round < 5; round++) {
      const grant = freshGrant();
      const calls = Array.from({ length: 128 }, (_, at) => (at % 2 ? ledger : other).dispatch(grant, CALL));
      expect(await tally(calls)).toEqual({ done: 1, tokenInvalid: 127 });
    }
    expect(await rig.rows()).toHaveLength(5);
  });

  test('two processes with many tokens dispatch each token once', async () => {
    const other = await rig.ledger();
    const grants = Array.from({ length: 300 }, () => freshGrant());
    const calls = grants.flatMap((grant) => [ledger.dispatch(grant, CALL), other.dispatch(grant, CALL)]);
    expect(await tally(calls)).toEqual({ done: 300, tokenInvalid: 300 });
    expect(new Set((await rig.rows()).map(({ jti }) => jti)).size).toBe(300);
  });

  test('the row stands before dispatch returns', async () => {
    const grant = freshGrant();
    const entry = await ledger.dispatch(grant, CALL);
    expect(await rig.rows()).toMatchObject([
      {
        id: entry.id,
        jti: grant.jti,
        operation: 'verify',
        correlator: 'order-17',
        result: null,
        billable: null,
      },
    ]);
  });

  test('a replay after midnight, in another process, meets the same key', async () => {
    const grant = freshGrant({ issuedAt: nowSeconds() - DAY_SECONDS });
    await ledger.dispatch(grant, CALL);
    const other = await rig.ledger();
    expect(await tally([other.dispatch(grant, CALL)])).toEqual({ tokenInvalid: 1 });
    expect(await rig.rows()).toMatchObject([
      { issue_date: new Date(grant.issuedAt * 1000).toISOString().slice(0, 10) },
    ]);
  });

  test('whatever characters a token id or a correlator holds, they arrive as they are', async () => {
    const jti = `{"a,b\\'}$1 NULL`;
    await ledger.dispatch(freshGrant({ jti }), { operation: 'share', correlator: '{x},"y"' });
    await ledger.dispatch(freshGrant({ jti: 'NULL' }), { operation: 'share', correlator: '' });
    expect((await rig.rows()).map((row) => [row.jti, row.correlator])).toEqual([
      [jti, '{x},"y"'],
      ['NULL', null],
    ]);
  });
});

describe('partitions', () => {
  test('the partitions of yesterday to a week from now exist at boot', async () => {
    const { rows } = await rig.observer.query<{ name: string }>(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'usage_ledger'::regclass ORDER BY 1",
    );
    const days = Array.from({ length: 9 }, (_, at) => new Date(Date.now() + (at - 1) * DAY_SECONDS * 1000));
    const expected = days.map((day) => `usage_ledger_${day.toISOString().slice(0, 10).replaceAll('-', '')}`);
    expect(rows.map(({ name }) => name)).toEqual(expected);
  });

  test('a call whose partition is missing is not lost', async () => {
    const issuedAt = nowSeconds() + 40 * DAY_SECONDS;
    const calls = Array.from({ length: 10 }, () => ledger.dispatch(freshGrant({ issuedAt }), CALL));
    expect(await tally(calls)).toEqual({ done: 10 });
    expect(await rig.rows()).toHaveLength(10);
  });
});

describe('settle', () => {
  test.each([
    ['true', () => Promise.resolve(true), 'MATCH', 200, null, true],
    ['false', () => Promise.resolve(false), 'NO_MATCH', 200, null, true],
    ['a number', () => Promise.resolve('+990310000001'), 'NUMBER', 200, null, true],
    ['a timeout', wrong(new Problem('operatorTimeout')), 'UPSTREAM_TIMEOUT', 504, 'operator', false],
    ['a refusal', wrong(new Problem('notMobileNetwork')), 'NOT_MOBILE_AUTH', 403, 'client', false],
    ['our own bug', wrong(new TypeError('undefined')), 'INTERNAL', 500, 'gateway', false],
  ] as const)('%s is handed on and recorded', async (_, answer, result, http_status, blame, billable) => {
    const entry = await ledger.dispatch(freshGrant(), CALL);
    const [settled, plain] = await Promise.allSettled([
      ledger.settle<boolean | string>(entry, answer()),
      answer() as Promise<boolean | string>,
    ]);
    expect(settled).toEqual(plain);
    await ledger.close();
    expect(await rig.rows()).toMatchObject([{ result, http_status, blame, billable }]);
    expect((await rig.rows())[0]!.duration_ms).toBeGreaterThanOrEqual(0);
  });

  test('no outcome of 2,000 concurrent calls is missing after close', async () => {
    const one = async (): Promise<boolean> =>
      ledger.settle(await ledger.dispatch(freshGrant(), CALL), Promise.resolve(true));
    await Promise.all(Array.from({ length: 2_000 }, one));
    await ledger.close();
    const results = (await rig.rows()).map(({ result }) => result);
    expect(results).toHaveLength(2_000);
    expect(new Set(results)).toEqual(new Set(['MATCH']));
  });

  test('a call that was never sent leaves no row, and its token can be dispatched again', async () => {
    const grant = freshGrant();
    const unreachable = new Problem('operatorUnreachable', { neverSent: true });
    const first = ledger.settle(await ledger.dispatch(grant, CALL), Promise.reject<boolean>(unreachable));
    expect(await tally([first])).toEqual({ operatorUnreachable: 1 });
    expect(await rig.rows()).toEqual([]);
    const again = await ledger.dispatch(grant, CALL);
    expect(await rig.rows()).toMatchObject([{ id: again.id }]);
    expect(await tally([ledger.dispatch(grant, CALL)])).toEqual({ tokenInvalid: 1 });
  });

  test('neither a phone number nor its hash is stored', async () => {
    const number = '990310000001';
    const hash = 'ab'.repeat(32);
    for (const correlator of [number, `tel:+${number}/x`, hash, `${number}${hash}`]) {
      const entry = await ledger.dispatch(freshGrant(), { operation: 'share', correlator });
      await ledger.settle(entry, Promise.resolve(`+${number}`));
    }
    await ledger.close();
    const { rows } = await rig.observer.query<{ all: string }>('SELECT l::text AS all FROM usage_ledger l');
    expect(rows).toHaveLength(4);
    for (const { all } of rows) {
      expect(all).not.toContain(number);
      expect(all).not.toContain(hash);
    }
  });
});
