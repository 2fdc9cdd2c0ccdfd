import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerRig, freshGrant, tally } from '../../test/support/ledger-rig.js';
import { OutageRig } from '../../test/support/outage-rig.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { Grant } from '../contract/grant.js';
import { createLogger } from '../telemetry/logger.js';
import { Ledger } from './ledger.js';

const CALL = { operation: 'verify', correlator: '' } as const;

describe('the journal of the ledger', () => {
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

  test('D16: when the journal cannot be written either, calls are refused, and their tokens stay unspent', async () => {
    await rm(rig.journalDir, { recursive: true });
    await writeFile(rig.journalDir, 'no folder');
    expect(await tally([call()])).toEqual({ done: 1 });
    proxy.set('cut');
    expect(await tally([call()])).toEqual({ ledgerUnavailable: 1 });
    const grants = Array.from({ length: 5 }, () => freshGrant());
    expect(await tally(grants.map((grant) => call(grant)))).toEqual({ ledgerUnavailable: 5 });
    expect(await outage.value('mode{mode="closed"}')).toBe(1);
    expect(await rig.rows()).toHaveLength(1);
    await rm(rig.journalDir);
    expect(await tally(grants.map((grant) => call(grant)))).toEqual({ done: 5 });
    expect(await outage.value('mode{mode="journal"}')).toBe(1);
    proxy.set('whole');
    await outage.until(outage.isBack);
    expect(await rig.rows()).toHaveLength(6);
    expect(await outage.value('lost_rows_total')).toBe(0);
  });

  test('when the journal is full, calls are refused; outcomes of earlier ones are not', async () => {
    const small = await outage.open({ journalMaxBytes: 5_000 });
    proxy.set('cut');
    const tries = Array.from({ length: 40 }, () => small.dispatch(freshGrant(), CALL));
    const made = (await Promise.allSettled(tries)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
    expect(made.length).toBeGreaterThan(5);
    expect(made.length).toBeLessThan(20);
    for (const entry of made) await small.settle(entry, Promise.resolve(false));
    proxy.set('whole');
    await outage.until(async () => (await rig.rows()).filter(({ result }) => result).length === made.length);
    expect(await rig.rows()).toHaveLength(made.length);
  });

  test('one late statement is no error in the log, an outage is, once', async () => {
    const errors: string[] = [];
    const logger = createLogger('error', undefined, (line) => errors.push(line) > 0);
    const told = await outage.open({ logger, metrics: outage.metrics });
    proxy.set('frozen');
    expect(await tally([call(freshGrant(), told)])).toEqual({ done: 1 });
    expect(await outage.value('mode{mode="journal"}')).toBe(1);
    proxy.set('whole');
    await outage.until(outage.isBack);
    expect(errors).toEqual([]);
    proxy.set('cut');
    expect(await tally([call(freshGrant(), told)])).toEqual({ done: 1 });
    await outage.until(() => Promise.resolve(errors.length > 0));
    await sleep(2_500);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('Postgres does not take the rows of the ledger');
    proxy.set('whole');
    await outage.until(outage.isBack);
  });

  test('D11: a Postgres that refuses to write counts as away', async () => {
    const { rows } = await rig.observer.query<{ name: string }>('SELECT current_database() AS name');
    await rig.observer.query(`ALTER DATABASE ${rows[0]!.name} SET default_transaction_read_only = on`);
    const elsewhere = await outage.open({ url: rig.database.url });
    expect(await tally(Array.from({ length: 20 }, () => call(freshGrant(), elsewhere)))).toEqual({
      done: 20,
    });
    await rig.observer.query(`SET default_transaction_read_only = off`).catch(() => {});
    await rig.observer.query(
      `BEGIN READ WRITE; ALTER DATABASE ${rows[0]!.name} RESET default_transaction_read_only; COMMIT`,
    );
    await elsewhere.close();
    const again = await outage.open({ url: rig.database.url });
    expect(await tally([call(freshGrant(), again)])).toEqual({ done: 1 });
    await outage.until(async () => (await rig.rows()).length === 21);
  });

  test('outcomes that only come while it is away, or at the end, are not lost', async () => {
    const during = await Promise.all(Array.from({ length: 10 }, () => ledger.dispatch(freshGrant(), CALL)));
    const atTheEnd = await Promise.all(Array.from({ length: 10 }, () => ledger.dispatch(freshGrant(), CALL)));
    proxy.set('frozen');
    for (const entry of during) await ledger.settle(entry, Promise.resolve(true));
    await sleep(700);
    for (const entry of atTheEnd) await ledger.settle(entry, Promise.resolve(true));
    await ledger.close();
    expect((await rig.rows()).filter(({ result }) => result === null)).toHaveLength(20);
    proxy.set('whole');
    await outage.open();
    expect((await rig.rows()).filter(({ result }) => result === 'MATCH')).toHaveLength(20);
    expect(await outage.segments()).toEqual([]);
  });

  test('with the policy closed they are not lost at the end either', async () => {
    const closed = await outage.open({ policy: 'closed' });
    const entries = await Promise.all(Array.from({ length: 10 }, () => closed.dispatch(freshGrant(), CALL)));
    proxy.set('cut');
    for (const entry of entries) await closed.settle(entry, Promise.resolve(true));
    expect(await tally([call(freshGrant(), closed)])).toEqual({ ledgerUnavailable: 1 });
    await closed.close();
    proxy.set('whole');
    await outage.open({ policy: 'closed' });
    expect((await rig.rows()).filter(({ result }) => result === 'MATCH')).toHaveLength(10);
  });

  test('tokens revoked meanwhile do not take the record of their call away', async () => {
    proxy.set('cut');
    const grant = freshGrant();
    await call(grant);
    await rig.observer.query("INSERT INTO revoked_tokens VALUES ($1, now() + interval '5 minutes')", [
      grant.jti,
    ]);
    proxy.set('whole');
    await outage.until(outage.isBack);
    expect(await rig.rows()).toMatchObject([{ jti: grant.jti, result: 'MATCH' }]);
    expect(await outage.doubles()).toEqual([]);
  });
});
