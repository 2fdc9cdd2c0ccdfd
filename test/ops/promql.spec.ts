import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dashboards, queriesOf, withVariables } from './dashboards.js';
import { Series, scrapedSeries } from './metric-table.js';
import { readPromql } from './promql.js';
import { recordingsOf, renderRules } from './rules.js';

const RUNBOOKS = 'docs/runbooks';
/** What Prometheus adds to every series that it scrapes. */
const OF_TARGETS = ['job', 'instance'];
/** What Prometheus makes by itself. */
const OF_PROMETHEUS: [string, string[]][] = [
  ['up', []],
  ['ALERTS', ['alertname', 'alertstate', 'severity']],
];

let known: Series;

beforeAll(async () => {
  const recorded = recordingsOf(renderRules()).map(
    ({ record, expr }): [string, string[]] => [record, readPromql(expr).groupings] as [string, string[]],
  );
  known = new Map([...(await scrapedSeries()), ...recorded, ...OF_PROMETHEUS]);
});

/** @returns what is wrong with this expression; empty for nothing */
function faultsOf(expr: string): string[] {
  const { selectors, groupings, errors } = readPromql(expr);
  const faults = [...errors];
  const allowed = new Set(OF_TARGETS);
  for (const { metric, labels } of selectors) {
    const has = known.get(metric);
    if (!has) faults.push(`no metric ${metric}`);
    for (const label of has ?? []) allowed.add(label);
    for (const label of labels) {
      if (has && !has.includes(label) && !OF_TARGETS.includes(label))
        faults.push(`${metric} has no label ${label}`);
    }
  }
  for (const label of groupings) if (!allowed.has(label)) faults.push(`nothing here has the label ${label}`);
  return faults;
}

const faulty = (queries: readonly { place: string; expr: string }[]): string[] =>
  queries.flatMap(({ place, expr }) => faultsOf(expr).map((fault) => `${place}: ${fault}`));

test('the check sees what does not parse, and metrics and labels that do not exist', () => {
  expect(faultsOf('sum(rate(nvgw_ready[5m])')).not.toEqual([]);
  expect(faultsOf('nvgw_readiness')).toEqual(['no metric nvgw_readiness']);
  expect(faultsOf('nvgw_ready{operator="a"}')).toEqual(['nvgw_ready has no label operator']);
  expect(faultsOf('sum by (operator) (nvgw_ready)')).toEqual(['nothing here has the label operator']);
  expect(faultsOf('sum by (job) (nvgw_ready{instance="a"})')).toEqual([]);
});

describe('every query parses and names only metrics and labels that exist:', () => {
  test('rules', () => {
    const rules = renderRules().flatMap(({ rules }) =>
      rules.map((rule) => ({ place: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr })),
    );
    expect(rules.length).toBeGreaterThan(30);
    expect(faulty(rules)).toEqual([]);
  });

  test('dashboards', () => {
    const queries = [...dashboards()].flatMap(([name, dashboard]) => queriesOf(name, dashboard));
    expect(queries.length).toBeGreaterThan(60);
    expect(faulty(queries.map(({ place, expr }) => ({ place, expr: withVariables(expr, '5m') })))).toEqual(
      [],
    );
  });

  test('what fills the variables of dashboards', () => {
    const fillings = [...dashboards()].flatMap(([name, { templating }]) =>
      templating.list.flatMap(({ definition, name: variable }) => {
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? '') ?? [];
        if (selector === undefined) return [];
        return [
          { place: `${name} / ${variable}`, expr: `sum by (${label}) (${withVariables(selector, '5m')})` },
        ];
      }),
    );
    expect(fillings.length).toBeGreaterThan(6);
    expect(faulty(fillings)).toEqual([]);
  });

  test('runbooks', () => {
    const blocks = readdirSync(RUNBOOKS).flatMap((file) =>
      [...readFileSync(`${RUNBOOKS}/${file}`, 'utf8').matchAll(/```promql\n(.*?)```/gs)]
        .flatMap(([, block]) => block!.trim().split(/\n\n+/))
        .map((expr) => ({ place: file, expr })),
    );
    expect(blocks.length).toBeGreaterThan(40);
    expect(faulty(blocks)).toEqual([]);
  });
});
