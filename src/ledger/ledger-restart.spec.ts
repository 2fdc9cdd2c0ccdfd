import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { JournalRig, intent, outcome } from '../../test/support/journal-rig.js';
import { LedgerRig, freshGrant, tally } from '../../test/support/ledger-rig.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { ledgerEntry } from './ledger-entry.js';
import { Ledger } from './ledger.js';

const CALL = { operation: 'verify', correlator: '' } as const;

describe('a process that starts where another one was killed', () => {
  let rig: LedgerRig;
  let proxy: TcpProxy;
  let killed: JournalRig;
  const entries = Array.from({ length: 30 }, () => ledgerEntry(freshGrant(), 'verify', ''));

  beforeEach(async () => {
    rig = await LedgerRig.create();
    proxy = await TcpProxy.to(rig.database.url);
    killed = await JournalRig.create();
    const { journal, directory } = killed.journal({ folder: rig.journalDir });
    for (const entry of entries) await journal.append(intent(entry));
    for (const entry of entries.slice(10)) await journal.append(outcome(entry));
    // Its last segment stays open.
    await directory.close();
  });
  afterEach(async () => {
    proxy.set('whole');
    await rig.close();
    await killed.close();
    await proxy.close();
  });

  const open = (meanwhile?: () => void): Promise<Ledger> =>
    rig.ledger({ policy: 'open', url: proxy.url(rig.database.url), meanwhile });
  const again = (ledger: Ledger): Promise<Record<string, number>> =>
    tally(entries.map(({ grant }) => ledger.dispatch(grant, CALL)));

  test('has its calls in Postgres before it makes any', async () => {
    const ledger = await open();
    expect(await rig.rows()).toHaveLength(30);
    expect((await rig.rows()).filter(({ result }) => result === 'MATCH')).toHaveLength(20);
    expect(await again(ledger)).toEqual({ tokenInvalid: 30 });
  });

  test('knows the tokens it spent even while Postgres is away', async () => {
    const ledger = await open(() => proxy.set('cut'));
    expect(await again(ledger)).toEqual({ tokenInvalid: 30 });
    expect(await tally([ledger.dispatch(freshGrant(), CALL)])).toEqual({ done: 1 });
    expect(await rig.rows()).toEqual([]);
    proxy.set('whole');
    for (const giveUpAt = Date.now() + 10_000; (await rig.rows()).length < 31; await sleep(50)) {
      if (Date.now() > giveUpAt) throw new Error('the journal did not come in');
    }
  });

  test('starts although Postgres has gone, and with the policy closed makes no call', async () => {
    const url = proxy.url(rig.database.url);
    const ledger = await rig.ledger({ url, meanwhile: () => proxy.set('cut') });
    expect(await tally([ledger.dispatch(freshGrant(), CALL)])).toEqual({ ledgerUnavailable: 1 });
  });
});
