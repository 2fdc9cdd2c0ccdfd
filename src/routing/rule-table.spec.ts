import { describe, expect, test } from '@jest/globals';
import { operator } from '../../test/support/routing-service.js';
import { RuleTable } from './rule-table.js';
import { Rule, RuleSource, nameOf } from './rule.js';

const A = operator('aa');
const B = operator('bb');

const cidr = (value: string, owner = A, source: RuleSource = 'manifest', dynamic = false): Rule => ({
  operator: owner,
  kind: 'cidr',
  value,
  source,
  dynamic,
});
const published = (value: string, owner = A, dynamic = false): Rule =>
  cidr(value, owner, `telco-routing:${owner.id}`, dynamic);
/** What decides about 10.31.5.9: the names of one rule, of contradicting ones, or of none. */
const deciding = (...rules: Rule[]): string[] => new RuleTable(rules).address('10.31.5.9').map(nameOf);

describe('about one address', () => {
  test('the narrowest of our own rules decides, wherever it is written', () => {
    const wide = cidr('10.0.0.0/8', B, 'admin');
    expect(deciding(wide)).toEqual(['cidr 10.0.0.0/8 of admin']);
    expect(deciding(wide, cidr('10.31.0.0/16'))).toEqual(['cidr 10.31.0.0/16 of manifest']);
    expect(deciding(cidr('10.31.0.0/16'), cidr('10.31.5.0/24', B, 'admin'))).toEqual([
      'cidr 10.31.5.0/24 of admin',
    ]);
  });

  test('for the same block what an administrator wrote beats the manifest', () => {
    expect(deciding(cidr('10.31.0.0/16'), cidr('10.31.0.0/16', B, 'admin'))).toEqual([
      'cidr 10.31.0.0/16 of admin',
    ]);
  });

  test('an operator never takes a part of what we gave to another one', () => {
    for (const dynamic of [false, true]) {
      expect(deciding(cidr('10.31.0.0/16', A), published('10.31.5.9/32', B, dynamic))).toEqual([
        'cidr 10.31.0.0/16 of manifest',
      ]);
    }
  });

  test('an operator divides its own range further', () => {
    expect(deciding(cidr('10.31.0.0/16', A), published('10.31.5.0/24', A, true))).toEqual([
      'cidr 10.31.5.0/24 of telco-routing:aa',
    ]);
  });

  test('an operator may publish what none of our rules names', () => {
    expect(deciding(published('10.31.0.0/16'), published('10.31.5.0/24'))).toEqual([
      'cidr 10.31.5.0/24 of telco-routing:aa',
    ]);
  });

  test('what two operators both publish is nobody’s, however narrow', () => {
    expect(deciding(published('10.31.0.0/16', A), published('10.31.5.0/24', B))).toHaveLength(2);
  });
});

describe('about one network or number', () => {
  test('two manifests that claim one network contradict each other; an administrator settles it', () => {
    const claims = [A, B].map((owner): Rule => ({ ...cidr('99931', owner), kind: 'mccmnc' }));
    expect(new RuleTable(claims).network('99931')).toHaveLength(2);
    const settled = new RuleTable([...claims, { ...claims[1]!, source: 'admin' }]);
    expect(settled.network('99931').map(nameOf)).toEqual(['mccmnc 99931 of admin']);
  });

  test('an alternative that names the network it leads to does not contest it', () => {
    const direct = operator('direct', { alternatives: ['vendor'] });
    const claims = [operator('vendor'), direct].map((owner): Rule => ({
      ...cidr('99931', owner),
      kind: 'mccmnc',
    }));
    expect(new RuleTable(claims).network('99931').map(({ operator: { id } }) => id)).toEqual(['direct']);
    const stranger: Rule = { ...cidr('99931', A), kind: 'mccmnc' };
    expect(new RuleTable([...claims, stranger]).network('99931')).toHaveLength(2);
  });

  test('the longest prefix decides', () => {
    const table = new RuleTable([
      { ...cidr('+99031', A), kind: 'prefix' },
      { ...cidr('+990310', B), kind: 'prefix' },
    ]);
    expect(table.number('+99031000000').map(nameOf)).toEqual(['prefix +990310 of manifest']);
    expect(table.number('+99031500000').map(nameOf)).toEqual(['prefix +99031 of manifest']);
    expect(table.number('+99032000000')).toEqual([]);
  });
});
