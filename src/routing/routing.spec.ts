import { beforeEach, describe, expect, test } from '@jest/globals';
import { RoutingRig } from '../../test/support/routing-rig.js';

let rig: RoutingRig;
beforeEach(() => {
  rig = new RoutingRig();
});

describe('the operator of a device', () => {
  test.each([
    ['its source address', { ip: '10.31.200.1' }, 'aa', 'cidr 10.31.0.0/16 of manifest'],
    ['a second block', { ip: '203.0.113.127' }, 'bb', 'cidr 203.0.113.0/25 of manifest'],
    ['an IPv6 address', { ip: '2001:db8:31::9' }, 'aa', 'cidr 2001:db8:31::/48 of manifest'],
    ['an IPv4 address inside IPv6', { ip: '::ffff:10.32.0.1' }, 'bb', 'cidr 10.32.0.0/16 of manifest'],
    ['its network code', { mccmnc: '99932' }, 'bb', 'mccmnc 99932 of manifest'],
    ['its number', { phoneNumber: '+99031500000' }, 'aa', 'prefix +99031 of manifest'],
    ['the longest prefix of its number', { phoneNumber: '+99031000000' }, 'bb', 'prefix +990310 of manifest'],
    [
      'the address, when the number says otherwise',
      { ip: '10.31.0.1', phoneNumber: '+99032000000' },
      'aa',
      'cidr 10.31.0.0/16 of manifest',
    ],
    ['a signed wish before all else', { operatorId: 'bb', ip: '10.31.0.1' }, 'bb', 'operator_id bb'],
    [
      'a signed network code before the address',
      { mccmnc: '99932', ip: '10.31.0.1' },
      'bb',
      'mccmnc 99932 of manifest',
    ],
    [
      'the address, whatever an unsigned hint says',
      { ip: '10.31.0.1', hint: { operatorId: 'bb' } },
      'aa',
      'cidr 10.31.0.0/16 of manifest',
    ],
    [
      'an unsigned hint when nothing else is known',
      { ip: '192.0.2.1', hint: { mccmnc: '99932' } },
      'bb',
      'mccmnc 99932 of manifest',
    ],
  ])('is found by %s', async (_what, query, id, rule) => {
    const routing = rig.routing();
    const found = await routing.find(query);
    expect([found?.operator.id, found?.rule]).toEqual([id, rule]);
    expect(await routing.explain(query)).toMatchObject({ operatorId: id, rule });
  });

  test.each([
    ['an address outside every block, as behind a VPN', { ip: '203.0.113.128' }],
    ['what is no address', { ip: 'localhost' }],
    ['what two operators both claim', { ip: '198.51.100.1' }],
    ['an operator that is off', { ip: '10.39.0.1', mccmnc: '99939', operatorId: 'off' }],
    [
      'an operator that nobody knows, whatever else is signed',
      { operatorId: 'zz', mccmnc: '99932', ip: '10.31.0.1' },
    ],
    ['nothing', {}],
  ])('is not found by %s', async (_what, query) => {
    expect(await rig.routing().find(query)).toBeUndefined();
  });

  test('is counted once for each decision, by what decided, and explaining counts nothing', async () => {
    const routing = rig.routing();
    await routing.find({ ip: '10.31.0.1', phoneNumber: '+99032000000' });
    await routing.find({ ip: '192.0.2.1' });
    await routing.find({ ip: '198.51.100.1' });
    await routing.explain({ ip: '10.31.0.1' });
    expect(await rig.counted('ip_cidr', 'resolved')).toBe(1);
    expect(await rig.counted('default', 'none')).toBe(1);
    expect(await rig.counted('ip_cidr', 'ambiguous')).toBe(1);
    expect((await rig.metrics.render()).match(/routing_decisions_total\{.*\} 1$/gm)).toHaveLength(3);
  });
});
