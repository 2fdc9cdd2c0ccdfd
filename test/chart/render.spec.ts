import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { CASES, Rendered, helm, render } from './chart.js';

/** They change with the dashboards and the rules, which have tests of their own. */
const isForMonitoring = ({ kind, metadata }: Rendered): boolean =>
  kind === 'PrometheusRule' || metadata.labels?.['app.kubernetes.io/component'] === 'dashboard';

const inOrder = (a: Rendered, b: Rendered): number =>
  `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`);

describe.each([...CASES])('the chart with the %s values', (_name, values) => {
  it('passes helm lint --strict', () => {
    const answer = helm(['lint', '--strict'], values);
    expect(`${answer.stdout}${answer.stderr}`).toContain('0 chart(s) failed');
    expect(answer.ok).toBe(true);
  });

  it('renders what it rendered before', () => {
    const objects = render(values).filter((object) => !isForMonitoring(object));
    expect(
      objects
        .toSorted(inOrder)
        .map((object) => stringify(object))
        .join('---\n'),
    ).toMatchSnapshot();
  });

  it('names each object once, and leaves no map empty', () => {
    const objects = render(values);
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    const empty = objects.filter(({ metadata }) =>
      [metadata.annotations, metadata.labels].some(
        (map) => map === null || Object.keys(map ?? { some: 1 }).length === 0,
      ),
    );
    expect(empty).toEqual([]);
  });
});

it('the chart without values says what it needs', () => {
  const answer = helm(['lint', '--strict'], {});
  for (const needed of ['publicUrl', 'database.existingSecret', 'secrets.existingSecret']) {
    expect(`${answer.stdout}${answer.stderr}`).toContain(`${needed}:`);
  }
});
