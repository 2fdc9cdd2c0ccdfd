import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerRig, freshGrant, tally } from '../../test/support/ledger-rig.js';
import { OutageRig } from '../../test/support/outage-rig.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { Grant } from '../contract/grant.js';
import { Problem } from '../contract/problem.js';
import { Ledger } from './ledger.js';

const CALL = { operation: 'verify', correlator: '' } as const;

describe('with the policy open, while Postgres is away', () => {
  let outage: OutageRig;
  let rig: LedgerRig;
  let proxy: TcpProxy;
  let ledger: Ledger;
  beforeEach(async () => {
    outage = await OutageRig.create();
    ({ rig, proxy } = outage);
    ledger = await outage.open({ metrics: outage.metrics });
  });
  afterEach(() => outage.close());

  const call = (grant: Grant = freshGrant(), at = ledger): Promise<boolean> => outage.call(at, grant);

  test.each(['cut', 'frozen', 'mute'] as const)(
    'D03 D04: no call is refused while the way to it is %s; every call is one row with its outcome afterwards',
    async (link) => {
      await Promise.all(Array.from({ length: 50 }, () => call()));
      proxy.set(link);
      const first = Date.now();
      expect(await tally(Array.from({ length: 200 }, () => call()))).toEqual({ done: 200 });
      expect(Date.now() - first).toBeLessThan(1_500);
      const later = Date.now();
      expect(await tally(Array.from({ length: 200 }, () => call()))).toEqual({ done: 200 });
      // Less than the 250 ms that a call would wait for Postgres.
      expect(Date.now() - later).toBeLessThan(200);
      expect(await outage.isBack()).toBe(false);
      proxy.set('whole');
      // Calls go on while the journal goes in.
      let during = 0;
      while (!(await outage.isBack())) {
        during++;
        await call();
        await sleep(10);
      }
      await call();
      await ledger.close();
      const rows = await rig.rows();
      expect(rows).toHaveLength(451 + during);
      expect(new Set(rows.map(({ result }) => result))).toEqual(new Set(['MATCH']));
      expect(await outage.segments()).toEqual([]);
      expect(await outage.value('journal_corrupt_total')).toBe(0);
    },
  );

  test('the token of a call is spent, also after Postgres is back, also in another process', async () => {
    proxy.set('cut');
    const grant = freshGrant();
    await call(grant);
    expect(await tally([call(grant)])).toEqual({ tokenInvalid: 1 });
    proxy.set('whole');
    await outage.until(outage.isBack);
    const other = await outage.open();
    expect(await tally([call(grant), call(grant, other)])).toEqual({ tokenInvalid: 2 });
    expect(await rig.rows()).toHaveLength(1);
  });

  test('a call that was never sent frees its token at once, and leaves no row', async () => {
    const before = freshGrant();
    const inPostgres = await ledger.dispatch(before, CALL);
    proxy.set('cut');
    const grant = freshGrant();
    const unreachable = new Problem('operatorUnreachable', { neverSent: true });
    const never = async (entry: Awaited<ReturnType<Ledger['dispatch']>>): Promise<boolean> =>
      ledger.settle(entry, Promise.reject<boolean>(unreachable));
    await expect(never(await ledger.dispatch(grant, CALL))).rejects.toBe(unreachable);
    await expect(never(inPostgres)).rejects.toBe(unreachable);
    const unused = freshGrant();
    await expect(never(await ledger.dispatch(unused, CALL))).rejects.toBe(unreachable);
    expect(await tally([call(grant), call(before)])).toEqual({ done: 2 });
    proxy.set('whole');
    await outage.until(outage.isBack);
    const results = Object.fromEntries((await rig.rows()).map(({ jti, result }) => [jti, result]));
    expect(results).toEqual({ [grant.jti]: 'MATCH', [before.jti]: 'MATCH' });
    const { rows } = await rig.observer.query('SELECT FROM ledger_double_dispatches');
    expect(rows).toHaveLength(0);
  });

  test('D23: when the answer to an insert is lost after its commit, the call is made once and is one row', async () => {
    proxy.set('mute');
    const grants = Array.from({ length: 20 }, () => freshGrant());
    expect(await tally(grants.map((grant) => call(grant)))).toEqual({ done: 20 });
    // The server has got the rows all the same.
    await outage.until(async () => (await rig.rows()).length > 0);
    expect(await outage.value('rows_total{result="uncertain"}')).toBeGreaterThan(0);
    proxy.set('whole');
    await outage.until(outage.isBack);
    const rows = await rig.rows();
    expect(rows).toHaveLength(20);
    expect(new Set(rows.map(({ result }) => result))).toEqual(new Set(['MATCH']));
    expect(await outage.value('journal_replayed_total{result="present"}')).toBeGreaterThan(0);
    expect(await outage.value('journal_replayed_total{result="double_dispatch"}')).toBe(0);
  });

  test('D25: a token used at two processes stays on record twice, and only one of the two is billable', async () => {
    const other = await outage.open();
    proxy.set('cut');
    const grant = freshGrant();
    await Promise.all([call(grant), call(grant, other)]);
    proxy.set('whole');
    await outage.until(async () => (await outage.doubles()).length > 0 && (await outage.isBack()));
    expect(await rig.rows()).toMatchObject([{ jti: grant.jti, result: 'MATCH', billable: true }]);
    await outage.until(async () => (await outage.doubles())[0]!.result === 'MATCH');
    const [double] = await outage.doubles();
    expect(double).toMatchObject({ jti: grant.jti, billable: false, stands_id: (await rig.rows())[0]!.id });
  });
});
