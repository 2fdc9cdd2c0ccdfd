import { describe, expect, test } from '@jest/globals';
import { Dashboard, Panel, dashboards, queriesOf } from './dashboards.js';

const all = [...dashboards()];
/** Grafana's own. */
const BUILT_IN = ['__rate_interval'];

test('there is one for each question, with a lasting address', () => {
  expect(all.map(([name]) => name)).toEqual([
    'ledger',
    'operators',
    'overview',
    'platform',
    'tenants',
    'tokens',
  ]);
  expect(all.map(([, { uid }]) => uid)).toEqual(all.map(([name]) => `nvgw-${name}`));
});

describe.each(all)('the dashboard %s', (name, dashboard) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test('is of the schema that Grafana 10 and newer read, and says what it is for', () => {
    expect(dashboard.schemaVersion).toBe(39);
    expect(dashboard.description).not.toBe('');
  });

  test('can be pointed at any data source', () => {
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'DS_PROMETHEUS', type: 'datasource' });
    expect(panels.map(({ datasource }) => datasource?.uid)).toEqual(panels.map(() => '${DS_PROMETHEUS}'));
  });

  test('has only variables that are used, and uses only those that it has', () => {
    const used = queriesOf(name, dashboard).flatMap(({ expr }) =>
      [...expr.matchAll(/\$(\w+)/g)].map(([, v]) => v!),
    );
    const has = dashboard.templating.list.map((variable) => variable.name);
    expect(new Set(used.filter((v) => !BUILT_IN.includes(v)))).toEqual(new Set(has.slice(1)));
  });

  test('explains each panel and names its unit; no two have the same title', () => {
    for (const { title, description, fieldConfig, targets } of panels) {
      const told = { title, description: description ?? '', unit: fieldConfig?.defaults.unit ?? '' };
      expect(told).toEqual({
        title: expect.stringMatching(/\S/),
        description: expect.stringMatching(/\S/),
        unit: expect.stringMatching(/\S/),
      });
      expect({ title, legends: targets?.map(({ legendFormat }) => legendFormat) }).toEqual({
        title,
        legends: targets!.map(() => expect.stringMatching(/\S/)),
      });
    }
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  test('has no two panels in one place, and none beside the page', () => {
    expect(collisions(dashboard)).toEqual([]);
    expect(dashboard.panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([]);
  });

  test('asks for one installation at a time', () => {
    const without = queriesOf(name, dashboard).filter(({ expr }) => !expr.includes('job=~"$job"'));
    expect(without).toEqual([]);
  });
});

function collisions({ panels }: Dashboard): string[] {
  return panels.flatMap((one, index) =>
    panels
      .slice(index + 1)
      .filter((other) => overlaps(one, other))
      .map((other) => `${one.title} and ${other.title}`),
  );
}

function overlaps({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
