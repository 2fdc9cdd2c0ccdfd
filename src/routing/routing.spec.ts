import { beforeEach, describe, expect, test } from '@jest/globals';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Metrics } from '../telemetry/metrics.js';
import { Routing } from './routing.js';

function operator(
  id: string,
  over: Partial<Operator> = {},
  cidrs: string[] = [],
  prefixes: string[] = [],
): Operator {
  return { id, off: undefined, networks: [], routes: { cidrs, prefixes }, ...over } as unknown as Operator;
}

const OPERATORS = [
  operator('a', { networks: ['99931'] }, ['10.31.0.0/16', '2001:db8:31::/48'], ['+99031']),
  operator('b', { networks: ['99932'] }, ['10.32.0.0/16', '203.0.113.0/25'], ['+990310', '+99032']),
  operator('off', { off: 'a secret is missing', networks: ['99939'] }, ['10.39.0.0/16'], ['+99039']),
];

let metrics: Metrics;
let routing: Routing;
beforeEach(() => {
  const operators = {
    all: () => OPERATORS,
    get: (id: string) => OPERATORS.find((one) => one.id === id),
  } as unknown as Operators;
  metrics = new Metrics();
  routing = new Routing(operators, metrics);
});

describe('the operator of a device', () => {
  test.each([
    ['its source address', { ip: '10.31.200.1' }, 'a', 'ip 10.31.0.0/16'],
    ['a second block', { ip: '203.0.113.127' }, 'b', 'ip 203.0.113.0/25'],
    ['an IPv6 address', { ip: '2001:db8:31::9' }, 'a', 'ip 2001:db8:31::/48'],
    ['an IPv4 address inside IPv6', { ip: '::ffff:10.32.0.1' }, 'b', 'ip 10.32.0.0/16'],
    ['its network code', { mccmnc: '99932' }, 'b', 'mccmnc 99932'],
    ['its number', { phoneNumber: '+99031500000' }, 'a', 'prefix +99031'],
    ['the longest prefix of its number', { phoneNumber: '+99031000000' }, 'b', 'prefix +990310'],
    [
      'the address, when the number says otherwise',
      { ip: '10.31.0.1', phoneNumber: '+99032000000' },
      'a',
      'ip 10.31.0.0/16',
    ],
    ['an explicit hint before all else', { operatorId: 'b', ip: '10.31.0.1' }, 'b', 'hint b'],
  ])('is found by %s', (_what, query, id, rule) => {
    const found = routing.find(query);
    expect([found?.operator.id, found?.rule]).toEqual([id, rule]);
    expect(routing.explain(query)).toEqual(found);
  });

  test.each([
    ['an address outside every block', { ip: '203.0.113.128' }],
    ['what is no address', { ip: 'localhost' }],
    [
      'an operator that is off',
      { ip: '10.39.0.1', mccmnc: '99939', phoneNumber: '+99039000000', operatorId: 'off' },
    ],
    ['nothing', {}],
  ])('is not found by %s', (_what, query) => {
    expect(routing.find(query)).toBeUndefined();
  });

  test('is counted once for each decision, by the kind of rule, and explaining counts nothing', async () => {
    routing.find({ ip: '10.31.0.1' });
    routing.find({ ip: '198.51.100.1' });
    routing.explain({ ip: '10.31.0.1' });
    const page = await metrics.render();
    expect(page).toContain('routing_decisions_total{method="ip_cidr",result="resolved"} 1');
    expect(page).toContain('routing_decisions_total{method="default",result="none"} 1');
  });
});
