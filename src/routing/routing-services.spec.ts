import { beforeEach, describe, expect, test } from '@jest/globals';
import { A, B, Ported, RoutingRig } from '../../test/support/routing-rig.js';
import { LookupFailed } from './lookup.js';

let rig: RoutingRig;
beforeEach(() => {
  rig = new RoutingRig();
});

describe('a number', () => {
  const number = '+99031500000';

  test('that was ported is its network’s of today, not its prefix’s', async () => {
    const found = await rig.routing(new Ported({ [number]: '99932' })).find({ phoneNumber: number });
    expect([found?.operator.id, found?.rule]).toEqual(['bb', 'mccmnc 99932 of manifest']);
    expect(await rig.counted('network_id', 'resolved')).toBe(1);
  });

  test('that was ported to a network without a rule is nobody’s', async () => {
    expect(
      await rig.routing(new Ported({ [number]: '99999' })).find({ phoneNumber: number }),
    ).toBeUndefined();
  });

  test('that the portability source does not know goes by its prefix', async () => {
    expect((await rig.routing(new Ported({})).find({ phoneNumber: number }))?.operator.id).toBe('aa');
  });

  test('is not guessed at while the portability source is away', async () => {
    const routing = rig.routing(new Ported({ [number]: new LookupFailed('timeout') }));
    expect(await routing.find({ phoneNumber: number })).toBeUndefined();
    expect((await routing.explain({ phoneNumber: number })).steps).toEqual([
      { method: 'network_id', result: 'unavailable' },
    ]);
  });

  test('is not looked up when the address has decided', async () => {
    const source = new Ported({});
    await rig.routing(source).find({ ip: '10.31.0.1', phoneNumber: number });
    expect(source.asked).toEqual([]);
  });
});

describe('a range that brands share', () => {
  const query = { ip: '100.64.0.9', port: 31_000, phoneNumber: '+99032000000' };

  test('is resolved by its operator’s Telco Finder, which gets address and port', async () => {
    rig.finderSays = B;
    const found = await rig.routing().find({ ...query, phoneNumber: undefined });
    expect([found?.operator.id, found?.rule]).toEqual([
      'bb',
      'telco finder of aa for cidr 100.64.0.0/10 of admin',
    ]);
    expect(rig.finderAsked).toEqual([{ ip: '100.64.0.9', port: 31_000 }]);
  });

  test('may be one of numbers', async () => {
    rig.finderSays = A;
    expect((await rig.routing().find({ phoneNumber: '+99077000000' }))?.operator.id).toBe('aa');
    expect(rig.finderAsked).toEqual([{ phoneNumber: '+99077000000' }]);
  });

  test('leaves the decision to the number when its finder is away, and says so', async () => {
    rig.finderSays = new LookupFailed('timeout');
    const routing = rig.routing();
    expect((await routing.find(query))?.operator.id).toBe('bb');
    const explained = await routing.explain(query);
    expect(explained.steps.map(({ method, result }) => `${method} ${result}`)).toEqual([
      'ip_cidr shared',
      'telco_finder unavailable',
      'prefix resolved',
    ]);
    expect(JSON.stringify(explained)).not.toMatch(/100\.64\.0\.9|31000|99032000000/);
  });
});
