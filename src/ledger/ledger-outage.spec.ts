import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerRig, freshGrant, tally } from '../../test/support/ledger-rig.js';
import { Grant } from '../contract/grant.js';
import { Problem } from '../contract/problem.js';
import { Ledger } from './ledger.js';

const CALL = { operation: 'verify', correlator: '' } as const;

describe('while Postgres is away', () => {
  let rig: LedgerRig;
  let ledger: Ledger;
  beforeEach(async () => {
    rig = await LedgerRig.create();
    ledger = await rig.ledger();
  });
  afterEach(() => rig.close());

  const sessions = async (application: string): Promise<number[]> => {
    const { rows } = await rig.observer.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
      [application],
    );
    return rows.map(({ pid }) => pid);
  };

  /** Ends the ledger's connections and lets no new ones in; the observer keeps its own. */
  async function cutOff(): Promise<void> {
    const pids = [...(await sessions('gateway-ledger')), ...(await sessions('gateway-outcomes'))];
    await rig.database.allowConnections(false);
    for (const pid of pids) {
      await rig.observer.query('SELECT pg_terminate_backend($1, 1000)', [pid]);
    }
  }

  const restore = (): Promise<void> => rig.database.allowConnections(true);

  /** Tries until the ledger takes the token; fails when it takes it for spent. */
  async function dispatchWhenBack(grant: Grant): Promise<string> {
    for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt; await sleep(50)) {
      try {
        return (await ledger.dispatch(grant, CALL)).id;
      } catch (error) {
        if (!(error instanceof Problem) || error.problem !== 'ledgerUnavailable') throw error;
      }
    }
    throw new Error('the ledger did not come back');
  }

  test('calls get ledgerUnavailable at once, their tokens stay unspent and work when it is back', async () => {
    await cutOff();
    const grants = Array.from({ length: 50 }, () => freshGrant());
    const began = Date.now();
    expect(await tally(grants.map((grant) => ledger.dispatch(grant, CALL)))).toEqual({
      ledgerUnavailable: 50,
    });
    expect(await tally(grants.map((grant) => ledger.dispatch(grant, CALL)))).toEqual({
      ledgerUnavailable: 50,
    });
    expect(Date.now() - began).toBeLessThan(1_000);
    await restore();
    const ids = [];
    for (const grant of grants) ids.push(await dispatchWhenBack(grant));
    expect((await rig.rows()).map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  test('outcomes of calls dispatched before are written when it is back', async () => {
    const entries = await Promise.all(Array.from({ length: 20 }, () => ledger.dispatch(freshGrant(), CALL)));
    await cutOff();
    for (const entry of entries) expect(await ledger.settle(entry, Promise.resolve(true))).toBe(true);
    await sleep(300);
    await restore();
    const giveUpAt = Date.now() + 10_000;
    while ((await rig.rows()).some(({ result }) => result === null) && Date.now() < giveUpAt) await sleep(50);
    expect(new Set((await rig.rows()).map(({ result }) => result))).toEqual(new Set(['MATCH']));
  });

  const local = process.env.TEST_DATABASE_URL ? test.skip : test;
  local('a frozen server that executes the insert after all leaves the token unspent', async () => {
    const frozen = await sessions('gateway-ledger');
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    const grant = freshGrant();
    const began = Date.now();
    try {
      expect(await tally([ledger.dispatch(grant, CALL)])).toEqual({ ledgerUnavailable: 1 });
      expect(Date.now() - began).toBeLessThan(600);
    } finally {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
    }
    const id = await dispatchWhenBack(grant);
    expect(await rig.rows()).toMatchObject([{ id }]);
    expect(await tally([ledger.dispatch(grant, CALL)])).toEqual({ tokenInvalid: 1 });
  });

  test('a call waits at most 250 ms for a locked table, and its token stays unspent', async () => {
    const holder = await rig.observer.connect();
    await holder.query('BEGIN; LOCK TABLE usage_ledger IN ACCESS EXCLUSIVE MODE');
    const grant = freshGrant();
    const began = Date.now();
    expect(await tally([ledger.dispatch(grant, CALL)])).toEqual({ ledgerUnavailable: 1 });
    expect(Date.now() - began).toBeLessThan(400);
    await holder.query('ROLLBACK');
    holder.release();
    const id = await dispatchWhenBack(grant);
    expect(await rig.rows()).toMatchObject([{ id }]);
  });
});
