import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { json } from '../../test/support/routing-service.js';
import { TABLE, TableRig } from '../../test/support/table-rig.js';
import { Secret } from '../contract/secret.js';
import { nameOf } from './rule.js';

let rig: TableRig;
beforeEach(async () => {
  rig = await TableRig.start();
});
afterEach(() => rig.close());

describe('the table that an operator publishes', () => {
  test('decides once it was read, and its age is known', async () => {
    await rig.polls.pollDue();
    expect(rig.service.asked.map(({ path }) => path)).toEqual(['GET /telco-routing/v1/routing']);
    expect(await rig.deciding('23.124.15.255')).toEqual(['cidr 23.124.0.0/20 of telco-routing:one']);
    expect(await rig.deciding('2001:db8:31::9')).toEqual(['cidr 2001:db8:31::/48 of telco-routing:one']);
    expect(rig.rules.table.network('99931').map(nameOf)).toEqual(['mccmnc 99931 of telco-routing:one']);
    expect(rig.rules.table.number('+99031000001').map(nameOf)).toEqual([
      'prefix +99031 of telco-routing:one',
    ]);
    expect(rig.rules.table.address('100.64.0.1')[0]?.dynamic).toBe(true);
    expect(await rig.polled('changed')).toBe(true);
    expect(await rig.metrics.render()).toMatch(/nvgw_routing_table_age_seconds\{operator="one"\} [0-5]\./);
  });

  test('is read once in its period, by one of many processes', async () => {
    await Promise.all(Array.from({ length: 5 }, () => rig.reader().pollDue()));
    await rig.polls.pollDue();
    expect(rig.service.asked).toHaveLength(1);
  });

  test('is not waited for through a period that was longer once', async () => {
    await rig.polls.pollDue();
    await rig.sql("UPDATE telco_routing_tables SET next_poll_at = now() + interval '1 day'");
    await rig.polls.pollDue();
    expect(rig.service.asked).toHaveLength(2);
  });

  test('that has not changed moves no revision; one that has takes the place of the old', async () => {
    await rig.polls.pollDue();
    const before = (await rig.store.glance()).revision;
    rig.service.answer = json(TABLE.toReversed());
    await rig.pollAgain();
    expect([await rig.polled('unchanged'), (await rig.store.glance()).revision]).toEqual([true, before]);
    rig.service.answer = json(TABLE.slice(1));
    await rig.pollAgain();
    expect((await rig.store.glance()).revision).not.toBe(before);
    expect([await rig.deciding('23.124.1.1'), (await rig.deciding('100.64.0.1')).length]).toEqual([[], 1]);
  });

  test('says nothing about other operators, known or not', async () => {
    rig.service.answer = json([{ ipv4: ['10.32.0.0/16'], static: { operatorId: 'OTHER' } }, ...TABLE]);
    await rig.polls.pollDue();
    expect(await rig.polled('changed')).toBe(true);
    expect(await rig.deciding('10.32.0.1')).toEqual([]);
  });

  test('is asked for with the token that the manifest names, or not at all', async () => {
    await rig.reader('ONE_ROUTING').pollDue();
    expect(rig.service.asked).toEqual([]);
    await rig.sql('UPDATE telco_routing_tables SET next_poll_at = now()');
    await rig.reader('ONE_ROUTING', [['ONE_ROUTING', new Secret('token-1')]]).pollDue();
    expect(rig.service.asked[0]?.authorization).toBe('Bearer token-1');
  });
});
