import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RoutingService, json, startRoutingService } from '../../test/support/routing-service.js';
import { TABLE, TableRig } from '../../test/support/table-rig.js';

let rig: TableRig;
beforeEach(async () => {
  rig = await TableRig.start();
});
afterEach(() => rig.close());

describe('the last table keeps deciding', () => {
  const wide = [{ ...TABLE[0], ipv4: ['0.0.0.0/0'] }];
  const answers: [string, RoutingService['answer']][] = [
    ['an error', json({ code: 'INTERNAL' }, 500)],
    ['404', json({}, 404)],
    ['no JSON', (_asked, response) => void response.end('<html>')],
    ['half of its JSON', (_asked, response) => void response.end(JSON.stringify(TABLE).slice(0, 60))],
    ['an object', json({ rules: TABLE })],
    ['a rule with both actions', json([{ ...TABLE[0], dynamic: {} }])],
    [
      'a rule with a bad block',
      json([...TABLE, { ipv4: ['10.0.0.0/33'], static: { operatorId: 'BRAND_ES' } }]),
    ],
    ['the whole Internet as its own', json(wide)],
    ['nothing', json([])],
    ['rules for others only', json([{ ipv4: ['10.32.0.0/16'], static: { operatorId: 'OTHER' } }])],
    ['two MiB', (_asked, response) => void response.end(JSON.stringify(TABLE).padEnd(2 * 1024 * 1024))],
    ['a connection that breaks off', (_asked, response) => void response.destroy()],
    [
      'more rules than anybody has',
      json([{ ...TABLE[0], network: Array.from({ length: 10_001 }, (_, n) => `${10_000 + n}`) }]),
    ],
  ];

  test.each(answers)('when the operator answers %s', async (_what, answer) => {
    await rig.polls.pollDue();
    rig.service.answer = answer;
    await rig.pollAgain();
    expect(rig.service.asked).toHaveLength(2);
    expect(await rig.polled('failed')).toBe(true);
    expect(await rig.deciding('23.124.1.1')).toEqual(['cidr 23.124.0.0/20 of telco-routing:one']);
  });

  test('when the operator redirects, and nobody follows', async () => {
    const elsewhere = await startRoutingService(json(TABLE.slice(2)));
    try {
      await rig.polls.pollDue();
      rig.service.answer = (_asked, response) =>
        void response.writeHead(302, { location: `${elsewhere.url}/telco-routing/v1/routing` }).end();
      await rig.pollAgain();
      expect(elsewhere.asked).toEqual([]);
      expect(await rig.deciding('23.124.1.1')).toHaveLength(1);
    } finally {
      await elsewhere.close();
    }
  });

  test('when the answer drips in for ever: after 2.5 s nobody waits any more', async () => {
    await rig.polls.pollDue();
    rig.service.answer = (_asked, response) => {
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    };
    await rig.sql('UPDATE telco_routing_tables SET next_poll_at = now()');
    const began = Date.now();
    await rig.polls.pollDue();
    expect(Date.now() - began).toBeLessThan(3_500);
    expect(await rig.deciding('23.124.1.1')).toHaveLength(1);
  });

  test('and is asked for again before its whole period is over', async () => {
    rig.service.answer = json({}, 500);
    await rig.polls.pollDue();
    const rows = await rig.sql(
      "SELECT next_poll_at <= now() + interval '30 seconds' AS soon FROM telco_routing_tables",
    );
    expect(rows).toEqual([{ soon: true }]);
  });

  test('and a stop does not wait for the operator', async () => {
    rig.service.answer = () => {};
    rig.polls.onApplicationBootstrap();
    while (rig.service.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const began = Date.now();
    await rig.polls.onApplicationShutdown();
    expect(Date.now() - began).toBeLessThan(1_000);
  });
});
