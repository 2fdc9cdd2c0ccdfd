import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { operator } from '../../test/support/routing-service.js';
import { TestDatabase, createTestDatabase } from '../../test/support/test-database.js';
import { Database } from '../database/database.js';
import { Operators } from '../operators/operators.js';
import { createLogger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { RoutingRules } from './routing-rules.js';
import { RuleStore } from './rule-store.js';
import { nameOf } from './rule.js';

const ONE = operator('one', { cidrs: ['10.31.0.0/16'] });
const TWO = operator('two', { cidrs: ['10.32.0.0/16'] });
const logger = createLogger('silent');

let place: TestDatabase;
let database: Database;
let rules: RoutingRules;
const open = () => Database.open({ url: place.url, entities: [], logger });
const rulesOn = (on: Database) => new RoutingRules([ONE, TWO], new RuleStore(on), new Metrics(), logger);
const sql = (text: string, values: unknown[] = []) => database.pool('admin').query(text, values);
const addCidr = (operatorId: string, cidr: string) =>
  sql("INSERT INTO routing_rules (operator_id, kind, cidr) VALUES ($1, 'cidr', $2)", [operatorId, cidr]);
const addRule = (values: string) =>
  sql(`INSERT INTO routing_rules (operator_id, kind, cidr, mccmnc, prefix) VALUES ('one', ${values})`);
const deciding = (ip: string): string[] =>
  rules.table.address(ip).map((rule) => `${rule.operator.id}: ${nameOf(rule)}`);

beforeEach(async () => {
  place = await createTestDatabase();
  database = await open();
  rules = rulesOn(database);
  await rules.load();
});
afterEach(async () => {
  await rules.onApplicationShutdown();
  await database.close();
  await place.drop();
});

describe('rules in the database', () => {
  test('stand beside those of the manifests, and the narrower one decides', async () => {
    await addCidr('two', '10.31.128.0/17');
    await addCidr('one', '2001:db8:31::/48');
    await rules.load();
    expect(deciding('10.31.0.1')).toEqual(['one: cidr 10.31.0.0/16 of manifest']);
    expect(deciding('10.31.200.1')).toEqual(['two: cidr 10.31.128.0/17 of admin']);
    expect(deciding('2001:db8:31::1')).toEqual(['one: cidr 2001:db8:31::/48 of admin']);
  });

  test('may name a network or a prefix', async () => {
    await sql(`INSERT INTO routing_rules (operator_id, kind, mccmnc, prefix)
      VALUES ('one', 'mccmnc', '99931', NULL), ('two', 'prefix', NULL, '+99032')`);
    await rules.load();
    expect(rules.table.network('99931').map(nameOf)).toEqual(['mccmnc 99931 of admin']);
    expect(rules.table.number('+99032000001').map(nameOf)).toEqual(['prefix +99032 of admin']);
  });

  test('of an operator that is unknown or off decide nothing', async () => {
    await addCidr('gone', '10.33.0.0/16');
    await rules.load();
    expect(deciding('10.33.0.1')).toEqual([]);
  });

  test('of a table that the manifest no longer names decide nothing', async () => {
    await sql(`INSERT INTO routing_rules (operator_id, kind, cidr, source, fetched_at)
      VALUES ('one', 'cidr', '10.33.0.0/16', 'telco-routing:one', now())`);
    await rules.load();
    expect(deciding('10.33.0.1')).toEqual([]);
  });

  test.each([
    ['overlaps from above', '10.0.0.0/8'],
    ['is the same', '10.40.0.0/16'],
    ['overlaps from below', '10.40.7.0/24'],
    ['is one address of it', '10.40.7.1/32'],
  ])('of administrators are refused by the database when a block %s', async (_what, cidr) => {
    await addCidr('one', '10.40.0.0/16');
    await expect(addCidr('two', cidr)).rejects.toThrow(/routing_rules_cidrs_do_not_overlap/);
    await expect(addCidr('one', cidr)).rejects.toThrow(/routing_rules_cidrs_do_not_overlap/);
  });

  test('are refused also when two people write overlapping blocks at once', async () => {
    const both = await Promise.allSettled([addCidr('one', '10.40.0.0/16'), addCidr('two', '10.40.1.0/24')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each([
    [
      'a block with IPv6 inside IPv6',
      "'cidr', '2001:db8::/32', NULL, NULL",
      "'cidr', '2001:db8:1::/48', NULL, NULL",
    ],
    ['a network given twice', "'mccmnc', NULL, '99931', NULL", "'mccmnc', NULL, '99931', NULL"],
    ['a prefix given twice', "'prefix', NULL, NULL, '+9903'", "'prefix', NULL, NULL, '+9903'"],
    ['a rule of two kinds', undefined, "'cidr', '10.50.0.0/16', '99931', NULL"],
    ['a rule of no kind', undefined, "'cidr', NULL, NULL, NULL"],
    ['a block with bits behind its length', undefined, "'cidr', '10.50.0.1/16', NULL, NULL"],
  ])('never hold %s', async (_what, first, second) => {
    if (first) await addRule(first);
    await expect(addRule(second)).rejects.toThrow();
  });

  test('that change in another process are in force within three seconds', async () => {
    rules.watch();
    await addCidr('two', '10.31.128.0/17');
    for (
      const end = Date.now() + 3_000;
      !deciding('10.31.200.1')[0]?.startsWith('two') && Date.now() < end;
    ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(deciding('10.31.200.1')).toEqual(['two: cidr 10.31.128.0/17 of admin']);
  });

  test('keep deciding while the database is away', async () => {
    await addCidr('two', '10.31.128.0/17');
    const away = await open();
    rules = rulesOn(away);
    await rules.load();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      rules.watch();
      await away.close();
      await jest.advanceTimersByTimeAsync(10_000);
    } finally {
      jest.useRealTimers();
    }
    expect(deciding('10.31.200.1')).toEqual(['two: cidr 10.31.128.0/17 of admin']);
  });
});

test('of an operator that is switched off no rule counts, until it is on again', async () => {
  const operators = new Operators([ONE, TWO]);
  const switched = new RoutingRules(operators.all(), new RuleStore(database), new Metrics(), logger);
  await addCidr('one', '10.40.0.0/16');
  await switched.load();
  const who = (ip: string) => switched.table.address(ip).map((rule) => rule.operator.id);
  expect([who('10.31.0.1'), who('10.40.0.1'), who('10.32.0.1')]).toEqual([['one'], ['one'], ['two']]);
  operators.apply(new Map([['one', { enabled: false }]]));
  switched.remake();
  expect([who('10.31.0.1'), who('10.40.0.1'), who('10.32.0.1')]).toEqual([[], [], ['two']]);
  operators.apply(new Map());
  switched.remake();
  expect(who('10.40.0.1')).toEqual(['one']);
});
